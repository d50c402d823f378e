import type { Estimate, Quality } from '../../src/schema/report.ts';
import { seededRandom, type Random } from '../../src/util/random.ts';

/** A classifier to pretend: its accuracy, whom it confuses (neighbours in label order most), its answers' usability. */
export interface SimulatedClassifier {
  labels: readonly string[];
  /** Examples of each label. */
  counts: readonly number[];
  accuracy: number;
  /** Answers this label always, whatever the accuracy. */
  always?: number;
  unusable?: number;
  probabilities: boolean;
  random: Random;
}

/** The quality of a pretended classifier, consistent in itself: figures follow from its confusion matrix. */
export function simulateQuality(classifier: SimulatedClassifier): Quality {
  const confusion = simulateConfusion(classifier);
  const { labels, counts, probabilities } = classifier;
  const examples = counts.reduce((sum, count) => sum + count, 0);
  const right = labels.reduce((sum, _, index) => sum + confusion[index]![index]!, 0);
  const classes = labels.map((label, index) => classQuality(label, index, confusion));
  const macro = classes.reduce((sum, { f1 }) => sum + (f1?.value ?? 0), 0) / labels.length;
  const unusable = confusion.reduce((sum, row) => sum + row[labels.length]!, 0);
  return {
    examples,
    groups: Math.round(examples * 0.63),
    accuracy: wilson(right, examples)!,
    macroF1: around(macro, 1.4 / Math.sqrt(examples)),
    classes,
    calibration: probabilities ? simulateCalibration(right / examples, examples) : null,
    confusion,
    unusable: unusable / examples,
  };
}

function simulateConfusion(classifier: SimulatedClassifier): number[][] {
  const { labels, counts, always, accuracy, unusable = 0 } = classifier;
  return labels.map((_, expected) => {
    const row: number[] = Array.from({ length: labels.length + 1 }, () => 0);
    const count = counts[expected]!;
    if (always !== undefined) return row.with(always, count);
    const right = Math.round(count * Math.min(0.99, accuracy + 0.16 * (difficultyOf(expected) - 0.5)));
    const unused = Math.min(count - right, Math.round(count * unusable));
    row[expected] = right;
    row[labels.length] = unused;
    for (let wrong = count - right - unused; wrong > 0; wrong--) row[wrongAnswer(classifier, expected)]!++;
    return row;
  });
}

/** The same for every classifier, so that they find the same classes hard. */
function difficultyOf(label: number): number {
  return seededRandom(label + 17).next();
}

function wrongAnswer({ labels, random }: SimulatedClassifier, expected: number): number {
  const neighbour = expected + (random.next() < 0.5 ? -1 : 1) * (1 + random.integer(3));
  const wrong = random.next() < 0.6 ? neighbour : random.integer(labels.length);
  const inside = (wrong + labels.length * 3) % labels.length;
  return inside === expected ? (expected + 1) % labels.length : inside;
}

function classQuality(
  label: string,
  index: number,
  confusion: readonly number[][],
): Quality['classes'][number] {
  const support = confusion[index]!.reduce((sum, count) => sum + count, 0);
  const answered = confusion.reduce((sum, row) => sum + row[index]!, 0);
  const right = confusion[index]![index]!;
  const recall = wilson(right, support);
  const precision = wilson(right, answered);
  const f1 =
    support + answered === 0 ? null : around((2 * right) / (support + answered), 1 / Math.sqrt(support + 1));
  return { label, support, precision, recall, f1 };
}

function simulateCalibration(accuracy: number, examples: number): NonNullable<Quality['calibration']> {
  const bins = Array.from({ length: 15 }, (_, index) => {
    const confidence = Math.min(0.998, 0.22 + 0.78 * ((index + 0.5) / 15) ** 0.7);
    const lean = 0.03 * Math.sin(index) + (accuracy - 0.78) * 0.3;
    return {
      confidence,
      accuracy: Math.min(1, Math.max(0, confidence + lean)),
      count: Math.round(examples / 15),
    };
  });
  return { error: around(0.019, 0.004), bins };
}

/** Wilson's interval for a proportion. */
function wilson(successes: number, trials: number): Estimate | null {
  if (trials === 0) return null;
  const z = 1.96;
  const share = successes / trials;
  const centre = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))) /
    (1 + (z * z) / trials);
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function around(value: number, half: number): Estimate {
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}
