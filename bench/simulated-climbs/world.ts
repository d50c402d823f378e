import { normalQuantile } from '../../src/evaluate/student-quantile.ts';
import type { ScoredPredictions } from '../../src/evaluate/scored-predictions.ts';
import type { Random } from '../../src/util/random.ts';
import { gaussian, normalDistribution } from './gaussian.ts';

/** How far apart the candidates truly are. */
export type Gap = 'equal' | 'close' | 'far';
export const GAPS: readonly Gap[] = ['equal', 'close', 'far'];

/**
 * A population of examples and candidates with known truth. An example's difficulty is part its group's, part its own,
 * and shared by all candidates to a degree; a candidate is right when difficulty plus its own luck stays under its skill
 * for the example's class.
 */
export interface World {
  priors: readonly number[];
  /** Probability of each wrong label, by class; the diagonal is 0. */
  mistakes: readonly (readonly number[])[];
  /** Shift of skill by class. */
  classSkill: readonly number[];
  candidates: readonly SimulatedCandidate[];
  /** Share of a candidate's luck that is common to all, that is its group's (of the common part), and that is its own training's. */
  shares: { common: number; group: number; training: number; seen: number };
  /** Mean group size. */
  groupSize: number;
  /** Probability that an example takes its group's class. */
  classInGroup: number;
}

export interface SimulatedCandidate {
  /** Of the final model: the truth that is to be estimated. */
  skill: number;
  /** Mean and standard deviation of skill over trainings on other examples, as the folds of a cross-validation are. */
  meanSkill: number;
  skillDeviation: number;
  accuracy: number;
  macroF1: number;
  /** Confidence logits are multiplied by this: 1 is calibrated, more is overconfident. */
  sharpness: number;
  costPer1kUsd: number;
}

/**
 * Draws a world: 2 to 10 classes of unequal size, 3 to 6 candidates, base accuracy .55 to .97. With `accuracyDeviation`
 * every training gives another accuracy, with this standard deviation around the candidate's mean.
 */
export function drawWorld(gap: Gap, random: Random, accuracyDeviation = 0): World {
  const classes = 2 + random.integer(9);
  const priors = drawPriors(classes, random);
  const mistakes = priors.map((_, label) => drawMistakes(priors, label, random));
  const classSkill = priors.map(() => 0.4 * gaussian(random));
  const world = {
    priors,
    mistakes,
    classSkill,
    shares: {
      common: 0.5 + 0.4 * random.next(),
      group: 0.5 * random.next(),
      training: 0.1 + 0.3 * random.next(),
      seen: 0.3 + 0.4 * random.next(),
    },
    groupSize: [1, 2, 4][random.integer(3)]!,
    classInGroup: 0.6 * random.next(),
  };
  return { ...world, candidates: drawCandidates(gap, world, { random, accuracyDeviation }) };
}

function drawPriors(classes: number, random: Random): number[] {
  const sizes = Array.from({ length: classes }, (_, rank) => (rank + 1) ** -(0.2 + 0.8 * random.next()));
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sizes.map((size) => size / sum);
}

function drawMistakes(priors: readonly number[], label: number, random: Random): number[] {
  const raw = priors.map((prior, other) => (other === label ? 0 : prior * (0.2 + 3 * random.next() ** 3)));
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
}

type Conditions = Omit<World, 'candidates'>;

function drawCandidates(
  gap: Gap,
  world: Conditions,
  { random, accuracyDeviation }: { random: Random; accuracyDeviation: number },
): SimulatedCandidate[] {
  const count = 3 + random.integer(4);
  const top = 0.55 + 0.42 * random.next();
  return Array.from({ length: count }, (_, rank) => {
    const accuracy = Math.max(0.5, top - rank * spacing(gap, random));
    const meanSkill = skillFor(accuracy, world);
    const density = Math.exp(-(normalQuantile(accuracy) ** 2) / 2) / Math.sqrt(2 * Math.PI);
    const skillDeviation = accuracyDeviation / density;
    const skill = skillDeviation === 0 ? meanSkill : meanSkill + skillDeviation * gaussian(random);
    const sharpness = random.next() < 0.5 ? 1 : 1 + random.next();
    return {
      skill,
      meanSkill,
      skillDeviation,
      ...truthOf(skill, world),
      sharpness,
      costPer1kUsd: 10 ** (-2 + 3 * random.next()),
    };
  });
}

function spacing(gap: Gap, random: Random): number {
  return { equal: 0, close: 0.002 + 0.013 * random.next(), far: 0.03 + 0.05 * random.next() }[gap];
}

/** The skill with which the population's accuracy is the wanted one, by bisection. */
function skillFor(accuracy: number, world: Conditions): number {
  let low = normalQuantile(accuracy) - 3;
  let high = normalQuantile(accuracy) + 3;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (truthOf(middle, world).accuracy < accuracy) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** True accuracy and macro-F1 of a skill, in closed form. */
function truthOf(skill: number, world: Conditions): { accuracy: number; macroF1: number } {
  const { priors, mistakes } = world;
  const right = priors.map((prior, label) => prior * normalDistribution(skill + world.classSkill[label]!));
  const accuracy = right.reduce((sum, value) => sum + value, 0);
  const f1s = priors.map((prior, label) => {
    const falseAlarms = priors.reduce(
      (sum, other, from) => sum + (other - right[from]!) * mistakes[from]![label]!,
      0,
    );
    return (2 * right[label]!) / (prior + right[label]! + falseAlarms);
  });
  return { accuracy, macroF1: f1s.reduce((sum, value) => sum + value, 0) / f1s.length };
}

/** A set of examples with every candidate's answers; `repeats` > 1 imitates a repeated cross-validation. */
export function drawScores(
  world: World,
  { examples, repeats, random }: { examples: number; repeats: number; random: Random },
): ScoredPredictions[] {
  const labels = world.priors.map((_, label) => `class-${label}`);
  const rows = examples * repeats;
  const expected = new Int32Array(rows);
  const group = new Int32Array(rows);
  const example = new Int32Array(rows);
  const sides = world.candidates.map(() => ({
    predicted: new Int32Array(rows),
    probabilities: new Float32Array(rows * labels.length),
  }));
  const drawExample = exampleDrawer(world, random);
  const skills = world.candidates.map((candidate) => skillsOfTrainings(candidate, repeats, random));
  for (let index = 0; index < examples; index++) {
    const drawn = drawExample();
    for (let repeat = 0; repeat < repeats; repeat++) {
      const row = repeat * examples + index;
      expected[row] = drawn.label;
      group[row] = drawn.group;
      example[row] = index;
      for (const [candidate, side] of sides.entries()) {
        const fold = (drawn.group * 7 + repeat * 3 + ((drawn.group * (repeat + 1)) >> 2)) % FOLDS;
        const answer = drawn.answer(candidate, skills[candidate]![repeat * FOLDS + fold]!);
        side.predicted[row] = answer.label;
        side.probabilities.fill(
          (1 - answer.confidence) / (labels.length - 1),
          row * labels.length,
          (row + 1) * labels.length,
        );
        side.probabilities[row * labels.length + answer.label] = answer.confidence;
      }
    }
  }
  return sides.map((side) => ({ labels, expected, group, example, ...side }));
}

const FOLDS = 5;

/** Skill of the model of each repeat and fold; one final model everywhere when there is one repeat (no cross-validation). */
function skillsOfTrainings(candidate: SimulatedCandidate, repeats: number, random: Random): number[] {
  const { skill, meanSkill, skillDeviation } = candidate;
  return Array.from({ length: repeats * FOLDS }, () => {
    if (repeats === 1 || skillDeviation === 0) return skill;
    return meanSkill + skillDeviation * gaussian(random);
  });
}

interface DrawnExample {
  label: number;
  group: number;
  /** Each call is another training of the candidate. */
  answer(candidate: number, skill: number): { label: number; confidence: number };
}

function exampleDrawer(world: World, random: Random): () => DrawnExample {
  let group = -1;
  let left = 0;
  let groupEffect = 0;
  let groupClass = 0;
  return () => {
    if (left === 0) {
      group++;
      left = drawGroupSize(world.groupSize, random);
      groupEffect = gaussian(random);
      groupClass = drawFrom(world.priors, random);
    }
    left--;
    const label = random.next() < world.classInGroup ? groupClass : drawFrom(world.priors, random);
    return { label, group, answer: answerer(world, label, groupEffect, random) };
  };
}

/** 1 for a mean of 1, else geometric: many small groups and a few large ones. */
function drawGroupSize(mean: number, random: Random): number {
  return mean === 1 ? 1 : 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - 1 / mean));
}

function answerer(world: World, label: number, groupEffect: number, random: Random): DrawnExample['answer'] {
  const { common, group, training, seen } = world.shares;
  // What the candidate can see of its luck (its confidence follows it) and what it cannot (the group's part included).
  const commonSeen = gaussian(random);
  const commonHidden = Math.sqrt(group) * groupEffect + Math.sqrt(1 - group) * gaussian(random);
  const own = world.candidates.map(() => ({ seen: gaussian(random), hidden: gaussian(random) }));
  const wrong = drawFrom(world.mistakes[label]!, random);
  return (candidate, skill) => {
    const { sharpness } = world.candidates[candidate]!;
    const mine = own[candidate]!;
    const visible =
      Math.sqrt(common) * commonSeen + Math.sqrt(1 - common) * mixed(mine.seen, training, random);
    const hidden =
      Math.sqrt(common) * commonHidden + Math.sqrt(1 - common) * mixed(mine.hidden, training, random);
    const threshold = skill + world.classSkill[label]!;
    const right = Math.sqrt(seen) * visible + Math.sqrt(1 - seen) * hidden < threshold;
    const chance = normalDistribution((threshold - Math.sqrt(seen) * visible) / Math.sqrt(1 - seen));
    const another = random.next() < 0.7 ? wrong : drawFrom(world.mistakes[label]!, random);
    return { label: right ? label : another, confidence: sharpen(chance, sharpness) };
  };
}

function mixed(fixed: number, training: number, random: Random): number {
  return Math.sqrt(1 - training) * fixed + Math.sqrt(training) * gaussian(random);
}

/** Confidence whose logit is `sharpness` times the true chance's. */
export function sharpen(chance: number, sharpness: number): number {
  const clipped = Math.min(1 - 1e-6, Math.max(1e-6, chance));
  return 1 / (1 + Math.exp(-sharpness * Math.log(clipped / (1 - clipped))));
}

function drawFrom(shares: readonly number[], random: Random): number {
  let left = random.next();
  for (const [index, share] of shares.entries()) {
    left -= share;
    if (left < 0) return index;
  }
  return shares.findLastIndex((share) => share > 0);
}

/** True calibration error over 15 equal-mass bins: 0 when calibrated, else by a large sample of chances (no outcomes drawn). */
export function trueCalibrationError(world: World, candidate: number, random: Random): number {
  const { skill, sharpness } = world.candidates[candidate]!;
  if (sharpness === 1) return 0;
  const { seen } = world.shares;
  const samples = Array.from({ length: 6000 }, () => {
    const threshold = skill + world.classSkill[drawFrom(world.priors, random)]!;
    return normalDistribution((threshold - Math.sqrt(seen) * gaussian(random)) / Math.sqrt(1 - seen));
  }).toSorted((a, b) => a - b);
  const size = samples.length / 15;
  let error = 0;
  for (let bin = 0; bin < 15; bin++) {
    let gap = 0;
    for (const chance of samples.slice(bin * size, (bin + 1) * size))
      gap += sharpen(chance, sharpness) - chance;
    error += Math.abs(gap) / samples.length;
  }
  return error;
}
