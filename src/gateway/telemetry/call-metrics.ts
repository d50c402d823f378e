import type { InferenceSummary, TokenCounts } from '../../schema/inference.ts';
import type { CallObserver } from '../call-observer.ts';
import { Histogram } from './histogram.ts';
import type { MetricFamily, Sample } from './metric-text.ts';
import { SeriesTable } from './series-table.ts';

interface Count {
  value: number;
}

const count = (): Count => ({ value: 0 });

/** Numbers of one task at one target. */
interface Spending {
  readonly tokens: Record<keyof TokenCounts, number>;
  costUsd: number;
  unpriced: number;
}

const KINDS: Readonly<Record<keyof TokenCounts, string>> = {
  input: 'input',
  cachedInput: 'cached_input',
  audioInput: 'audio_input',
  output: 'output',
  reasoning: 'reasoning',
  audioOutput: 'audio_output',
};
const TOKEN_FIELDS = Object.keys(KINDS) as (keyof TokenCounts)[];

const NOBODY = 'none';
/** A task or a target that is unknown. */
const nameOf = (name: string | null): string => name ?? NOBODY;

/** Counts calls for `/metrics`. A call costs a few look-ups and no memory, however many there were. */
export class CallMetrics implements CallObserver {
  #inFlight = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  readonly #calls = new SeriesTable(['endpoint', 'task', 'target', 'answered_as', 'status'], count);
  readonly #errors = new SeriesTable(['endpoint', 'task', 'target', 'code'], count);
  readonly #attempts = new SeriesTable(['target', 'failure'], count);
  readonly #durations = new SeriesTable(['endpoint', 'task', 'target'], () => new Histogram(), 300);
  readonly #firstContents = new SeriesTable(['endpoint', 'task', 'target'], () => new Histogram(), 300);
  readonly #spending = new SeriesTable(['task', 'target'], noSpending, 300);

  started(): void {
    this.#inFlight++;
  }

  finished(call: InferenceSummary, { bytesIn, bytesOut }: { bytesIn: number; bytesOut: number }): void {
    // A shadow's copy has no client that waits.
    if (call.shadowOf === null) this.#inFlight--;
    this.#bytesIn += bytesIn;
    this.#bytesOut += bytesOut;
    const { endpoint } = call;
    const task = nameOf(call.task);
    const target = nameOf(call.target);
    this.#calls.at(endpoint, task, target, nameOf(call.answeredAs), String(call.status)).value++;
    if (call.error !== null) this.#errors.at(endpoint, task, target, call.error.code).value++;
    for (const attempt of call.attempts) this.#attempts.at(attempt.target, attempt.failure ?? '').value++;
    if (call.target === null) return;
    this.#durations.at(endpoint, task, target).observe(call.durationMs / 1000);
    if (call.firstContentMs !== null)
      this.#firstContents.at(endpoint, task, target).observe(call.firstContentMs / 1000);
    spend(this.#spending.at(task, target), call);
  }

  families(): MetricFamily[] {
    return [
      family('homegrown_calls_in_flight', 'gauge', 'Calls that have not ended yet.', [
        { labels: [], value: this.#inFlight },
      ]),
      family(
        'homegrown_calls_total',
        'counter',
        'Calls that ended, by what the client got; 499: it left before.',
        counted(this.#calls),
      ),
      family(
        'homegrown_call_errors_total',
        'counter',
        'Calls that were refused, failed or cut, by the code of the error.',
        counted(this.#errors),
      ),
      family(
        'homegrown_attempts_total',
        'counter',
        'Tries to get an answer, by why it was not used; no failure: it was.',
        counted(this.#attempts),
      ),
      family(
        'homegrown_call_duration_seconds',
        'histogram',
        'From the arrival of a call to the end of its answer.',
        observed(this.#durations),
      ),
      family(
        'homegrown_call_first_content_seconds',
        'histogram',
        'From the arrival of a streamed call to its first content.',
        observed(this.#firstContents),
      ),
      family(
        'homegrown_tokens_total',
        'counter',
        'Tokens as whoever answered counted them. Cached and audio input are part of input, reasoning and audio output of output.',
        tokenSamples(this.#spending),
      ),
      family(
        'homegrown_cost_usd_total',
        'counter',
        'US dollars for calls of known cost.',
        spendingSamples(this.#spending, ({ costUsd }) => costUsd),
      ),
      family(
        'homegrown_unpriced_calls_total',
        'counter',
        'Answered calls whose cost is unknown.',
        spendingSamples(this.#spending, ({ unpriced }) => unpriced),
      ),
      family('homegrown_body_bytes_total', 'counter', 'Bytes of the bodies of requests and answers.', [
        { labels: [['direction', 'in']], value: this.#bytesIn },
        { labels: [['direction', 'out']], value: this.#bytesOut },
      ]),
    ];
  }
}

function noSpending(): Spending {
  return {
    tokens: { input: 0, cachedInput: 0, audioInput: 0, output: 0, reasoning: 0, audioOutput: 0 },
    costUsd: 0,
    unpriced: 0,
  };
}

function spend(spending: Spending, { tokens, costUsd }: InferenceSummary): void {
  for (const field of TOKEN_FIELDS) spending.tokens[field] += tokens[field] ?? 0;
  if (costUsd === null) spending.unpriced++;
  else spending.costUsd += costUsd;
}

function family(name: string, type: MetricFamily['type'], help: string, samples: Sample[]): MetricFamily {
  return { name, type, help, samples };
}

function counted(table: SeriesTable<Count>): Sample[] {
  return table.entries().map(({ labels, value }) => ({ labels, value: value.value }));
}

function observed(table: SeriesTable<Histogram>): Sample[] {
  return table.entries().flatMap(({ labels, value }) => value.samples(labels));
}

function tokenSamples(table: SeriesTable<Spending>): Sample[] {
  return table.entries().flatMap(({ labels, value }) =>
    TOKEN_FIELDS.filter((field) => value.tokens[field] > 0).map((field) => ({
      labels: [...labels, ['kind', KINDS[field]] as const],
      value: value.tokens[field],
    })),
  );
}

function spendingSamples(table: SeriesTable<Spending>, pick: (one: Spending) => number): Sample[] {
  return table
    .entries()
    .map(({ labels, value }) => ({ labels, value: pick(value) }))
    .filter(({ value }) => value > 0);
}
