import { join } from 'node:path';
import type { ExampleSet } from '../../data/example-set.ts';
import { firstExamples } from '../../data/example-subset.ts';
import type { Prediction } from '../../predictor/predictor.ts';
import { copyCandidateFolder } from '../../predictor/candidate-folder.ts';
import type { BuiltCandidate, Rung, RungContext } from '../rung.ts';

const SHARES = [0.3, 0.4, 0.5, 0.6, 0.7];
const BATCH = 256;
/** Shares are tuned on at most this many validation examples. */
const MOST_EXAMPLES = 10_000;
/** The same where each answer of a part costs money. */
const DEAR_EXAMPLES = 200;

/** `blend`: the mean of the calibrated probabilities of two good candidates, as one candidate with its own latency and cost. */
export const blendRung: Rung = {
  name: 'blend',
  availability({ built }) {
    if (built.length >= 2) return { available: true };
    return { available: false, reason: `needs two candidates, there is ${built.length}`, hint: null };
  },
  async build(context) {
    const validated = context.validation.count > 0;
    const parts = bestPair(context.built, validated);
    const share = validated ? await bestShare(context, parts) : 0.5;
    const settings = {
      parts: [
        { candidate: parts[0].manifest.name, directory: 'parts/0', share },
        { candidate: parts[1].manifest.name, directory: 'parts/1', share: 1 - share },
      ],
    };
    await context.saveCandidate(
      {
        name: 'blend',
        kind: 'blend',
        settings,
        upstreams: [...new Set(parts.flatMap(({ manifest }) => manifest.upstreams))],
        notes: [
          `${describeParts(parts, share)}; ${validated ? 'shares tuned on validation' : 'equal shares: there is no validation split to tune them on'}.`,
        ],
        trainedOn: Math.max(...parts.map(({ manifest }) => manifest.lineage.trainedOn)),
      },
      async (directory) => {
        for (const [index, part] of parts.entries())
          await copyCandidateFolder(part.directory, join(directory, `parts/${index}`), { durable: false });
      },
    );
  },
};

/** A technique that is further behind than this adds mistakes of its own. */
const MOST_BEHIND = 0.1;

/**
 * The best on validation with the best of another rung, whose mistakes are others, or with the second best where that is far behind; a
 * tie keeps the order in which they were built. Without a validation split (inside a fold there must be no peeking) the last of each of
 * the two dearest rungs, or the two of the only rung.
 */
function bestPair(built: readonly BuiltCandidate[], validated: boolean): [BuiltCandidate, BuiltCandidate] {
  const sorted = validated
    ? built.toSorted((a, b) => (b.quality ?? 0) - (a.quality ?? 0))
    : built.toReversed();
  const [first] = sorted;
  const isOther = ({ manifest, quality }: BuiltCandidate): boolean =>
    manifest.rung !== first!.manifest.rung &&
    (!validated || (quality ?? 0) >= (first!.quality ?? 0) - MOST_BEHIND);
  return [first!, sorted.find(isOther) ?? sorted[1]!];
}

function describeParts([first, second]: readonly [BuiltCandidate, BuiltCandidate], share: number): string {
  return `${share.toFixed(1)} × ${first.manifest.name} + ${(1 - share).toFixed(1)} × ${second.manifest.name}`;
}

/** The share of the first part with the most right answers on validation; ties prefer the more even one. */
async function bestShare(
  context: RungContext,
  parts: readonly [BuiltCandidate, BuiltCandidate],
): Promise<number> {
  const right = SHARES.map(() => 0);
  const predictors = await Promise.all(parts.map(({ directory }) => context.load(directory)));
  try {
    const dear = parts.some(({ manifest }) => manifest.upstreams.length > 0);
    for await (const batch of batches(
      firstExamples(context.validation, dear ? DEAR_EXAMPLES : MOST_EXAMPLES),
    )) {
      const inputs = batch.map(({ input }) => input);
      const [first, second] = await Promise.all(
        predictors.map((predictor) => predictor.predict(inputs, { signal: context.signal })),
      );
      for (const [row, { output }] of batch.entries()) {
        const expected = context.labels.indexOf(output);
        for (const [index, share] of SHARES.entries())
          right[index]! += isRight(first![row]!, second![row]!, share, expected);
      }
    }
  } finally {
    await Promise.all(predictors.map((predictor) => predictor.close()));
  }
  const byEvenness = [2, 1, 3, 0, 4];
  return SHARES[byEvenness.reduce((best, index) => (right[index]! > right[best]! ? index : best))]!;
}

function isRight(first: Prediction, second: Prediction, share: number, expected: number): number {
  const [a, b] = [first.probabilities, second.probabilities];
  if (a === null && b === null) return 0;
  const at = (label: number): number => share * (a?.[label] ?? 0) + (1 - share) * (b?.[label] ?? 0);
  const target = at(expected);
  const length = (a ?? b)!.length;
  for (let label = 0; label < length; label++) if (label !== expected && at(label) > target) return 0;
  return 1;
}

async function* batches(examples: ExampleSet): AsyncGenerator<{ input: string; output: string }[]> {
  let batch: { input: string; output: string }[] = [];
  for await (const { input, output } of examples) {
    batch.push({ input, output });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
