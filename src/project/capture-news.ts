import type { GatewayLog } from '../gateway/gateway-log.ts';
import type { Capture, CaptureCounters } from '../store/capture.ts';

const LOOK_MS = 1000;

/** Tells the operator what goes wrong with keeping calls, once when it begins and once when it is over. */
export class CaptureNews {
  readonly #capture: Capture;
  readonly #log: GatewayLog;
  readonly #timer: NodeJS.Timeout;
  #before: CaptureCounters;

  constructor(capture: Capture, log: GatewayLog) {
    this.#capture = capture;
    this.#log = log;
    this.#before = { ...capture.counters(), dropped: 0, setAside: 0, recovered: 0, problem: null };
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Looks once more, so that nothing of the last second goes untold. */
  close(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    const [before, now] = [this.#before, this.#capture.counters()];
    this.#before = now;
    const { dropped, setAside, recovered, problem, waiting } = now;
    if (problem !== null && problem !== before.problem)
      this.#log({
        level: 'warning',
        event: 'capture-problem',
        message: `captured calls wait on disk: ${problem}`,
      });
    if (problem === null && before.problem !== null)
      this.#log({ level: 'info', event: 'capture-well', message: `calls are kept again; ${waiting} wait` });
    if (dropped > before.dropped)
      this.#log({
        level: 'error',
        event: 'capture-dropped',
        message: `${dropped - before.dropped} calls could not be kept (${dropped} since the start)`,
      });
    if (setAside > before.setAside)
      this.#log({
        level: 'error',
        event: 'capture-dropped',
        message: `${setAside - before.setAside} captured calls cannot be stored and were set aside in .homegrown/capture`,
      });
    if (recovered > before.recovered)
      this.#log({
        level: 'info',
        event: 'capture-well',
        message: `${recovered - before.recovered} calls that an earlier process had left on disk are stored`,
      });
  }
}
