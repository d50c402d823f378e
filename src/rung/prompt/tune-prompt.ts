import { askLabel, type Asker, type LabelAnswer, requestFor } from '../../predictor/prompt/ask-label.ts';
import type { Outcome } from '../../predictor/prompt/prompt-file.ts';
import type { Example } from '../../schema/example.ts';
import type { Purse } from '../../upstream/purse.ts';

/** Examples asked about between two looks at the clock. */
const ROUND = 10;

/** Fewer tell nothing about which variant is better: the first is taken then. */
const FEWEST_TO_CHOOSE = 10;

/** Fewer do not say how far to trust an answer, and are not asked about. */
const FEWEST_TO_CALIBRATE = 5;

/** One way to ask. Earlier ones are cheaper, and win ties. */
export interface Variant {
  name: string;
  asker: Asker;
  /** Training examples that went into it. */
  trainedOn: number;
}

/** What tuning may use. */
export interface TuningLimits {
  /** Reserved from before each call; null: no limit. */
  purse: Purse | null;
  /** US dollars that the worst cases of all tuning calls may add up to; null: no limit. */
  usd: number | null;
  /** Minutes of calls, by the time the first call took. */
  minutes: number;
  signal: AbortSignal;
  progress(message: string, share?: number): void;
}

/** The variant chosen and what it answered. */
export interface Tuned {
  chosen: Variant;
  /** null when nothing could be asked. */
  outcomes: Outcome[] | null;
  /** Sentences for the report. */
  notes: string[];
}

interface Tally {
  variant: Variant;
  right: number;
  unusable: number;
  asked: number;
  outcomes: Map<string, Outcome>;
}

/**
 * Asks every variant about the same examples, in rounds, and takes the one with the most right answers. Throws the
 * upstream's error when most calls fail.
 */
export async function tunePrompt(options: {
  variants: readonly Variant[];
  examples: readonly Example[];
  labels: readonly string[];
  /** Milliseconds of one call, as the first one took. */
  callMs: number;
  limits: TuningLimits;
}): Promise<Tuned> {
  const { labels, limits } = options;
  const { variants, examples } = affordable(options);
  const tallies = variants.map((variant) => ({
    variant,
    right: 0,
    unusable: 0,
    asked: 0,
    outcomes: new Map(),
  }));
  const deadline = performance.now() + 2 * limits.minutes * 60_000;
  for (let from = 0; from < examples.length && performance.now() < deadline; from += ROUND) {
    limits.progress(`asking about ${examples.length} tuning examples`, from / examples.length);
    const complete = await askRound(tallies, examples.slice(from, from + ROUND), { labels, limits });
    if (!complete) break;
  }
  const best = tallies.reduce((a, b) => (b.right > a.right ? b : a));
  return { chosen: best.variant, outcomes: outcomesOf(best), notes: notesOf(tallies, best) };
}

/** All variants on as many examples as money and time allow for certain; the first alone when that is too few to choose by. */
function affordable({
  variants,
  examples,
  callMs,
  limits,
}: Pick<Parameters<typeof tunePrompt>[0], 'variants' | 'examples' | 'callMs' | 'limits'>): {
  variants: readonly Variant[];
  examples: readonly Example[];
} {
  const fitting = (some: readonly Variant[]): number => {
    const { concurrency, requestsPerMinute } = some[0]!.asker.upstream;
    const callsPerMinute = Math.min(requestsPerMinute, (concurrency * 60_000) / Math.max(1, callMs));
    const inTime = Math.floor((limits.minutes * callsPerMinute) / some.length);
    return Math.min(examples.length, inTime, fittingInto(limits.usd, some, examples));
  };
  const all = fitting(variants);
  if (all >= Math.min(FEWEST_TO_CHOOSE, examples.length))
    return { variants, examples: examples.slice(0, all) };
  const first = variants.slice(0, 1);
  const some = fitting(first);
  return { variants: first, examples: some < FEWEST_TO_CALIBRATE ? [] : examples.slice(0, some) };
}

function fittingInto(usd: number | null, variants: readonly Variant[], examples: readonly Example[]): number {
  if (usd === null) return examples.length;
  let left = usd;
  for (const [count, { input }] of examples.entries()) {
    for (const { asker } of variants) left -= asker.upstream.worstCaseUsd(requestFor(asker, input)) ?? 0;
    if (left < 0) return count;
  }
  return examples.length;
}

/** False when the money ran out: then the round does not count for any variant. */
async function askRound(
  tallies: readonly Tally[],
  examples: readonly Example[],
  { labels, limits }: { labels: readonly string[]; limits: TuningLimits },
): Promise<boolean> {
  const { purse, signal } = limits;
  const answers = await Promise.all(
    tallies.map(({ variant }) =>
      Promise.all(
        examples.map(({ input }) => askLabel(variant.asker, input, { signal, ...(purse && { purse }) })),
      ),
    ),
  );
  const failures = answers.flat().flatMap((answer) => (answer.kind === 'failed' ? [answer.error] : []));
  if (failures.some(({ code }) => code === 'upstream/budget-spent')) return false;
  if (failures.length * 2 > answers.flat().length) throw failures[0]!;
  for (const [index, tally] of tallies.entries()) {
    for (const [row, answer] of answers[index]!.entries())
      count(tally, answer, labels.indexOf(examples[row]!.output));
  }
  return true;
}

function count(tally: Tally, answer: LabelAnswer, expected: number): void {
  tally.asked += 1;
  if (answer.kind !== 'label' || expected < 0) {
    tally.unusable += 1;
    return;
  }
  const predicted = answer.label;
  if (predicted === expected) tally.right += 1;
  const key = `${predicted} ${expected}`;
  const outcome = tally.outcomes.get(key) ?? { predicted, expected, count: 0 };
  tally.outcomes.set(key, { ...outcome, count: outcome.count + 1 });
}

function outcomesOf({ outcomes }: Tally): Outcome[] | null {
  const sorted = [...outcomes.values()].toSorted(
    (a, b) => a.predicted - b.predicted || a.expected - b.expected,
  );
  return sorted.length === 0 ? null : sorted;
}

function notesOf(tallies: readonly Tally[], best: Tally): string[] {
  if (best.asked === 0) {
    return [
      `Not tuned: budget or time did not allow it; took "${best.variant.name}", which gives no probabilities.`,
    ];
  }
  const compared = tallies.map(({ variant, right }) => `${variant.name} ${right}`).join(', ');
  const what =
    tallies.length === 1
      ? `Right on ${best.right} of ${best.asked} tuning examples`
      : `Right of ${best.asked} tuning examples: ${compared}; took "${best.variant.name}"`;
  const unusable =
    best.unusable === 0
      ? []
      : [`${best.unusable} of ${best.asked} answers on the tuning examples named no label.`];
  return [`${what}.`, ...unusable];
}
