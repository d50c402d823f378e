import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import type { Promotions } from '../../registry/promotions.ts';
import type { GateResult } from '../../schema/gate.ts';
import type { GatewayLog } from '../gateway-log.ts';

interface Breach {
  readonly task: string;
  readonly version: number;
  readonly gate: GateResult;
}

const RETRY_MS = 2000;
const LATE = new Set(['store/conflict', 'registry/not-deployed']);

/** Has a breach that this server saw recorded, however long the store is away; the model is not used meanwhile. */
export class BreachReporter {
  readonly #promotions: Pick<Promotions, 'breach'>;
  readonly #log: GatewayLog;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor({ promotions, log }: { promotions: Pick<Promotions, 'breach'>; log: GatewayLog }) {
    this.#promotions = promotions;
    this.#log = log;
  }

  report(breach: Breach): void {
    const { task, version, gate } = breach;
    const message = `${task}@${version} is not asked any more: ${gate.gate}: ${gate.found}`;
    this.#log({ level: 'warning', event: 'promotion', message });
    void this.#record(breach, { isNews: true });
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #record({ task, version, gate }: Breach, { isNews }: { isNews: boolean }): Promise<void> {
    try {
      const { message } = await this.#promotions.breach({ task, version, gates: [gate] });
      this.#log({ level: 'warning', event: 'promotion', message });
    } catch (error) {
      // Another server, or a person, ended it in the same moment.
      if (error instanceof HomegrownError && LATE.has(error.code)) return;
      const message = `the end of ${task}@${version} cannot be recorded yet: ${messageOf(error)}`;
      if (isNews) this.#log({ level: 'error', event: 'promotion-failed', message, cause: error });
      if (this.#isClosed) return;
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#record({ task, version, gate }, { isNews: false });
      }, RETRY_MS).unref();
      this.#timers.add(timer);
    }
  }
}
