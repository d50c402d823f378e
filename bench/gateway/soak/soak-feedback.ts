import { ask, post } from '../../../test/support/http-ask.ts';
import type { CallOutcome } from './soak-call.ts';
import { topicText } from './soak-project.ts';

/** Tells the gateway what became of some of the answers, as a product would. */
export class SoakFeedback {
  /** Feedback that was taken. */
  told = 0;
  refused = 0;
  readonly #url: string;
  readonly #running = new Set<Promise<void>>();

  constructor(baseUrl: string) {
    this.#url = `${baseUrl}/api/v1/feedback`;
  }

  /** Every seventh good answer gets one; every third of them twice, which must count once. */
  consider({ number, ended, inference, text }: CallOutcome): void {
    if (ended !== 'answered' || inference === null || number % 7 !== 0) return;
    const { label } = topicText(number);
    const feedback =
      number % 2 === 0 || text === label
        ? { id: `fb-${number}`, inference, kind: 'accepted' }
        : { id: `fb-${number}`, inference, kind: 'corrected', output: label };
    const sent = this.#send(feedback, number % 3 === 0).finally(() => this.#running.delete(sent));
    this.#running.add(sent);
  }

  async finish(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #send(feedback: object, twice: boolean): Promise<void> {
    const { status } = await post(this.#url, feedback);
    if (status >= 300) this.refused++;
    else this.told++;
    if (twice) await post(this.#url, feedback);
  }
}

/** The counters of `/metrics` whose name begins so: label set → value. */
export async function metricsOf(baseUrl: string, name: string): Promise<Map<string, number>> {
  const { text } = await ask(`${baseUrl}/metrics`);
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}
