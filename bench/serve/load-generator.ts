/**
 * A process that puts load on a server and says what it measured: `node load-generator.ts <json of LoadPlan>` prints
 * one JSON LoadResult.
 */
import { chatRequestBytes, HttpConnection, predictRequestBytes } from './http-connection.ts';
import { percentile } from './percentile.ts';

export interface LoadPlan {
  port: number;
  model: string;
  texts: readonly string[];
  seconds: number;
  connections: number;
  /** Requests per second, sent on schedule whatever the answers do; null: as fast as the connections allow. */
  rate: number | null;
  /** Inputs in each request to the predict route; null: one text in each chat request. */
  batchOf: number | null;
}

export interface LoadResult {
  requests: number;
  failures: number;
  seconds: number;
  perSecond: number;
  /** From the moment a request was due (open loop) or sent (closed loop) to its whole answer. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

class Load {
  readonly #plan: LoadPlan;
  readonly #requests: Buffer[];
  readonly #latencies: number[] = [];
  #failures = 0;
  #sent = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#requests = requestsOf(plan);
  }

  async run(): Promise<LoadResult> {
    const { port, connections, rate } = this.#plan;
    const opened = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(port)));
    const start = performance.now();
    await (rate === null ? this.#closedLoop(opened, start) : this.#openLoop(opened, { start, rate }));
    const seconds = (performance.now() - start) / 1000;
    for (const connection of opened) connection.close();
    return this.#result(seconds);
  }

  async #closedLoop(connections: HttpConnection[], start: number): Promise<void> {
    const end = start + this.#plan.seconds * 1000;
    await Promise.all(
      connections.map(async (connection) => {
        while (performance.now() < end) await this.#one(connection, performance.now());
      }),
    );
  }

  /**
   * Requests that are due while every connection is busy wait for one, and their wait counts.
   */
  async #openLoop(
    connections: HttpConnection[],
    { start, rate }: { start: number; rate: number },
  ): Promise<void> {
    const total = Math.round(this.#plan.seconds * rate);
    const idle = [...connections];
    const waiting: number[] = [];
    const running = new Set<Promise<void>>();
    const startNext = (): void => {
      while (idle.length > 0 && waiting.length > 0) {
        // The longest idle first, so that none is idle for so long that the server closes it.
        const connection = idle.shift()!;
        const answered = this.#one(connection, waiting.shift()!).then(() => {
          idle.push(connection);
          running.delete(answered);
          startNext();
        });
        running.add(answered);
      }
    };
    for (let index = 0; index < total; index++) {
      const due = start + (index * 1000) / rate;
      await waitUntil(due, rate);
      waiting.push(due);
      startNext();
    }
    while (running.size > 0) await Promise.all(running);
  }

  async #one(connection: HttpConnection, since: number): Promise<void> {
    const { status } = await connection.send(this.#requests[this.#sent++ % this.#requests.length]!);
    this.#latencies.push(performance.now() - since);
    if (status !== 200) this.#failures++;
  }

  #result(seconds: number): LoadResult {
    const sorted = Float64Array.from(this.#latencies).toSorted();
    return {
      requests: sorted.length,
      failures: this.#failures,
      seconds,
      perSecond: sorted.length / seconds,
      p50Ms: percentile(sorted, 0.5),
      p95Ms: percentile(sorted, 0.95),
      p99Ms: percentile(sorted, 0.99),
      maxMs: sorted.at(-1) ?? Number.NaN,
    };
  }
}

function requestsOf({ model, texts, batchOf }: LoadPlan): Buffer[] {
  if (batchOf === null) return texts.map((text) => chatRequestBytes(model, text));
  const inputs = Array.from({ length: batchOf }, (_, index) => texts[index % texts.length]!);
  return [predictRequestBytes(model, inputs)];
}

/** Timers are a millisecond coarse: at low rates the last stretch is polled, at high ones requests go out in small bursts. */
async function waitUntil(due: number, rate: number): Promise<void> {
  const isPolled = rate <= 1000;
  while (due - performance.now() > (isPolled ? 1.5 : 0)) {
    const spareMs = due - performance.now() - (isPolled ? 1.5 : 0);
    await new Promise((resolve) => setTimeout(resolve, spareMs));
  }
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
}

const plan = JSON.parse(process.argv[2]!) as LoadPlan;
process.stdout.write(`${JSON.stringify(await new Load(plan).run())}\n`);
