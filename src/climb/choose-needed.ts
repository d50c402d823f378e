import type { Estimate } from '../schema/report.ts';
import { estimateOf, type ChoiceFacts } from './choose-facts.ts';
import { examplesToSettle, percent, percentWithInterval, points } from './choose-words.ts';

/** Below this many groups an interval is too wide to plan with. */
const FEW_GROUPS = 50;

/** Sentences that say what would be needed: to pass, when nothing did, or for firmer evidence. */
export function neededOf(facts: ChoiceFacts): string[] {
  if (facts.candidates.length === 0) return ['No candidate was built. See what was not tried, and why.'];
  if (facts.picked === null) return neededToPass(facts);
  return [
    ...firmQuality(facts),
    ...firmChoice(facts, facts.picked.chosen),
    ...firmFigures(facts, facts.picked.chosen),
  ];
}

function neededToPass(facts: ChoiceFacts): string[] {
  const within = facts.cheapestFirst.filter((index) => facts.violations[index]!.length === 0);
  if (within.length === 0) return ['No candidate keeps to the limits.', ...brokenLimits(facts)];
  const closest = within.reduce((best, index) =>
    valueOf(facts, index) > valueOf(facts, best) ? index : best,
  );
  const { baseline } = facts.options;
  if (baseline !== undefined && valueOf(facts, closest) <= baseline.value)
    return [noBetterThanBaseline(facts, closest)];
  const good = facts.cheapestFirst.filter(
    (index) => valueOf(facts, index) >= (facts.options.minQuality ?? 0),
  );
  return [shortOfQuality(facts, closest), ...brokenLimits(facts, good), ...whatHelps(facts, closest)];
}

function noBetterThanBaseline({ candidates, options }: ChoiceFacts, closest: number): string {
  const { name, validation } = candidates[closest]!;
  const { label, value } = options.baseline!;
  return `The best within the limits, ${name}, reaches ${options.metric} ${percentWithInterval(estimateOf(validation, options))}; always answering "${label}" reaches ${percent(value)}. More examples of every class, more groups, or cleaner labels are needed before there is anything to serve.`;
}

function brokenLimits({ candidates, violations }: ChoiceFacts, of?: readonly number[]): string[] {
  const concerned = of ?? [...candidates.keys()];
  return concerned.map((index) => `${candidates[index]!.name}: ${violations[index]!.join(' ')}`);
}

function shortOfQuality({ candidates, options }: ChoiceFacts, closest: number): string {
  const { name, validation } = candidates[closest]!;
  const estimate = estimateOf(validation, options);
  const minimum = options.minQuality!;
  return `The best within the limits, ${name}, reaches ${options.metric} ${percentWithInterval(estimate)}: ${points(minimum - estimate.value)} short of minQuality (${percent(minimum)}).`;
}

function whatHelps({ candidates, options }: ChoiceFacts, closest: number): string[] {
  const { validation } = candidates[closest]!;
  const { value, high } = estimateOf(validation, options);
  const minimum = options.minQuality!;
  if (high === null || high < minimum)
    return [
      'That is more than chance explains. More or cleaner labels to learn from, or another rung, can raise it.',
    ];
  const settled = examplesToSettle(validation.examples, high - value, minimum - value);
  const chance = 'Its interval still includes minQuality';
  return [
    settled === null
      ? `${chance}: it is too close to tell.`
      : `${chance}: ${settled} would settle whether it is reached. More examples to learn from may also raise it.`,
  ];
}

/** Whether the reported quality is surely over `minQuality`. */
function firmQuality({ candidates, options, picked, quality }: ChoiceFacts): string[] {
  const minimum = options.minQuality;
  if (minimum === null || quality === null || picked === null) return [];
  if (quality.low !== null && quality.low >= minimum) return [];
  const { name, heldOut, validation } = candidates[picked.chosen]!;
  const under = quality.value < minimum;
  const facts = under
    ? `${name} reached minQuality (${percent(minimum)}) where the choice was made, but its unbiased figure is under it: ${percentWithInterval(quality)}.`
    : `The interval of ${name} (${percentWithInterval(quality)}) does not yet exclude being under minQuality (${percent(minimum)}).`;
  const settled = settledQuality((heldOut ?? validation).examples, quality, minimum);
  return [settled === null ? facts : `${facts} ${settled} would settle it, if the figure stays.`];
}

function settledQuality(examples: number, { value, low, high }: Estimate, minimum: number): string | null {
  if (low === null || high === null) return null;
  const margin = value < minimum ? high - value : value - low;
  const phrase = examplesToSettle(examples, margin, Math.abs(value - minimum));
  return phrase === null ? null : phrase.replace(/^about/, 'About');
}

/** Whether another candidate may truly be better by more than the tolerance: the one that may be most is named. */
function firmChoice(facts: ChoiceFacts, chosen: number): string[] {
  const { candidates, options, violations } = facts;
  const doubts = candidates.flatMap(({ name }, index) => {
    if (index === chosen || violations[index]!.length > 0) return [];
    const { difference, nonInferior, examples } = facts.compare(chosen, index);
    if (nonInferior || difference.high === null) return [];
    return [{ name, difference, high: difference.high, examples }];
  });
  if (doubts.length === 0) return [];
  const worst = doubts.reduce((most, doubt) => (doubt.high > most.high ? doubt : most));
  const wanted = options.tolerance - worst.difference.value;
  const settled = examplesToSettle(worst.examples, worst.high - worst.difference.value, wanted);
  const others = doubts.length === 1 ? '' : ` (the same goes for ${doubts.length - 1} more)`;
  const doubt = `These examples cannot exclude that ${worst.name} is truly better than ${candidates[chosen]!.name}, by up to ${points(worst.high)}${others}.`;
  return [
    settled === null
      ? doubt
      : `${doubt} To make sure that it is not by more than ${points(options.tolerance)} takes ${settled}.`,
  ];
}

function firmFigures({ candidates, quality }: ChoiceFacts, chosen: number): string[] {
  const { heldOut, validation } = candidates[chosen]!;
  const { groups, examples } = heldOut ?? validation;
  if (quality === null) return [];
  if (quality.low === null || quality.high === null)
    return [
      'All examples belong to one group, so nobody can say how far the figures reach. Examples from more groups (users, conversations, sources) are needed.',
    ];
  if (groups >= FEW_GROUPS) return [];
  const margin = (quality.high - quality.low) / 2;
  const settled = margin > 0.05 ? examplesToSettle(examples, margin, 0.05) : null;
  const few = `The figures rest on ${examples} examples from ${groups} groups.`;
  return [settled === null ? few : `${few} For an interval of ± 5 points it takes ${settled}.`];
}

function valueOf({ candidates, options }: ChoiceFacts, index: number): number {
  return estimateOf(candidates[index]!.validation, options).value;
}
