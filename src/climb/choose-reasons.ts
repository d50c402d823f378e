import { savingInWords } from './choose-cost.ts';
import { estimateOf, type ChoiceFacts } from './choose-facts.ts';
import { percent, percentWithInterval, points } from './choose-words.ts';

/** Sentences that say why this candidate was chosen, from its answers alone; none when none was. */
export function reasonsOf(facts: ChoiceFacts): string[] {
  if (facts.picked === null) return [];
  return [whyChosen(facts, facts.picked), whereQualityComesFrom(facts)];
}

/** The reasons that rest on measured time and money, which differ from run to run. */
export function measuredReasonsOf(facts: ChoiceFacts): string[] {
  if (facts.picked === null) return [];
  return [
    ...whatIsSaved(facts, facts.picked),
    ...whyNotTheBest(facts, facts.picked.best),
    ...whyNotTheCheaper(facts, facts.picked),
  ];
}

type Picked = NonNullable<ChoiceFacts['picked']>;

function whyChosen(facts: ChoiceFacts, { best, chosen }: Picked): string {
  const { candidates, options } = facts;
  const [winner, reference] = [candidates[chosen]!, candidates[best]!];
  if (chosen === best) {
    const figure = percentWithInterval(estimateOf(winner.validation, options));
    if (candidates.length === 1) return `${winner.name} is the only candidate: ${options.metric} ${figure}.`;
    const within = hasLimits(options) ? ' within the limits' : '';
    return `${winner.name} is the best${within} on the examples the choice is made on: ${options.metric} ${figure}.`;
  }
  const { difference } = facts.compare(chosen, best);
  const equal =
    difference.high !== null && difference.high < options.tolerance
      ? `is within ${points(options.tolerance)} of the best (${reference.name}) with 95 % confidence`
      : `answers exactly as the best (${reference.name}) does`;
  return `${winner.name} ${equal}.`;
}

function whatIsSaved({ candidates }: ChoiceFacts, { best, chosen }: Picked): string[] {
  if (chosen === best) return [];
  const [winner, reference] = [candidates[chosen]!, candidates[best]!];
  const saving = savingInWords(winner.measured, reference.measured);
  return saving === null ? [] : [`${winner.name} ${saving} of ${reference.name}.`];
}

function whyNotTheBest({ candidates, options, violations, best }: ChoiceFacts, allowed: number): string[] {
  if (best === null || best === allowed) return [];
  const { name, validation } = candidates[best]!;
  const figure = percentWithInterval(estimateOf(validation, options));
  return [`${name} is better (${figure}) but does not keep to the limits. ${violations[best]!.join(' ')}`];
}

function whyNotTheCheaper(facts: ChoiceFacts, { best, chosen }: Picked): string[] {
  const { candidates, cheapestFirst, options } = facts;
  const cheaper = cheapestFirst.slice(0, cheapestFirst.indexOf(chosen));
  return cheaper.flatMap((index) => {
    const { name, validation } = candidates[index]!;
    if (facts.violations[index]!.length > 0) return [];
    const value = estimateOf(validation, options).value;
    if (value < (options.minQuality ?? 0))
      return [
        `${name} is cheaper, but its ${percent(value)} is under minQuality (${percent(options.minQuality!)}).`,
      ];
    const { difference } = facts.compare(index, best);
    if (difference.low !== null && difference.high !== null && difference.low >= options.tolerance)
      return [
        `${name} is cheaper, but ${points(difference.value)} worse than ${candidates[best]!.name} (${points(difference.low)} to ${points(difference.high)}).`,
      ];
    return [
      `${name} is cheaper, but cannot be shown to be within ${points(options.tolerance)} of ${candidates[best]!.name}: ${differenceInWords(difference)}.`,
    ];
  });
}

function hasLimits({ limits }: ChoiceFacts['options']): boolean {
  return limits.p95LatencyMs !== null || limits.costPer1kUsd !== null;
}

/** `1.2 points worse, and anything from 0.3 points better to 2.7 points worse is possible`. */
function differenceInWords({
  value,
  low,
  high,
}: {
  value: number;
  low: number | null;
  high: number | null;
}): string {
  const size = `${points(Math.abs(value))} ${value < 0 ? 'better' : 'worse'}`;
  if (low === null || high === null) return `${size}, interval unknown`;
  return `${size}, and anything from ${side(low)} to ${side(high)} is possible`;
}

function side(difference: number): string {
  return `${points(Math.abs(difference))} ${difference < 0 ? 'better' : 'worse'}`;
}

function whereQualityComesFrom({ options, quality }: ChoiceFacts): string {
  const figure = `${options.metric} ${percentWithInterval(quality!)}`;
  return options.protocol.kind === 'held-out'
    ? `Expect ${figure}: measured on held-out examples that had no part in training or in the choice.`
    : `Expect ${figure}: cross-validated, and corrected for having chosen on the same examples.`;
}
