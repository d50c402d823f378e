import { calibrationError } from './calibration-error.ts';
import type { Contestant } from './contestants.ts';
import type { FitResult } from './fit-result.ts';
import type { LabelledText } from './labelled-text.ts';
import { pairedDifference, type PairedDifference } from './paired-difference.ts';
import { ratioSpread, spreadOf, type Spread } from './spread.ts';

/** A contestant and its fits, one per round. */
export interface Fits {
  contestant: Contestant;
  fits: readonly FitResult[];
}

/** The figures of one contestant on one data set. */
export interface MeasuredContestant {
  name: string;
  settings: Record<string, unknown>;
  accuracy: number;
  /** Against scikit-learn with the same features. */
  difference: PairedDifference | null;
  seconds: Spread;
  processorSeconds: Spread;
  stages: Record<string, number>;
  ratioToSklearn: Spread;
  ratioToFastText: Spread;
  peakMegabytes: Spread;
  p50LatencyMicroseconds: Spread;
  calibrationError: number | null;
  int8: { megabytes: number; accuracyLost: number } | null;
}

/** Figures of every contestant; accuracies are of the first round (fastText's threads race, the others repeat). */
export function measure(all: readonly Fits[], heldOut: readonly LabelledText[]): MeasuredContestant[] {
  return all.map((entry) => measureOne(entry, all, heldOut));
}

function measureOne(
  { contestant, fits }: Fits,
  all: readonly Fits[],
  heldOut: readonly LabelledText[],
): MeasuredContestant {
  const first = fits[0]!;
  const sklearn = all.find(
    (o) => o.contestant.kind === 'scikit-learn' && o.contestant.features === contestant.features,
  )!;
  const fastText = all.find((other) => other.contestant.kind === 'fastText')!;
  const correct = correctness(first.predictions, heldOut);
  const accuracy = share(correct);
  const seconds = secondsOf(fits);
  return {
    name: contestant.name,
    settings: contestant.settings,
    accuracy,
    difference:
      contestant.kind === 'scikit-learn'
        ? null
        : pairedDifference(
            correct,
            correctness(sklearn.fits[0]!.predictions, heldOut),
            heldOut.map((text) => text.group),
          ),
    seconds: spreadOf(seconds),
    processorSeconds: spreadOf(fits.map((fit) => fit.processorSeconds)),
    stages: medianStages(fits),
    ratioToSklearn: ratioSpread(seconds, secondsOf(sklearn.fits)),
    ratioToFastText: ratioSpread(seconds, secondsOf(fastText.fits)),
    peakMegabytes: spreadOf(fits.map((fit) => fit.peakMemoryBytes / 1e6)),
    p50LatencyMicroseconds: spreadOf(fits.map((fit) => fit.p50LatencyMicroseconds)),
    calibrationError: first.topProbabilities ? calibrationError(first.topProbabilities, correct) : null,
    int8: first.int8
      ? {
          megabytes: first.int8.bytes / 1e6,
          accuracyLost: accuracy - share(correctness(first.int8.predictions, heldOut)),
        }
      : null,
  };
}

function secondsOf(fits: readonly FitResult[]): number[] {
  return fits.map((fit) => fit.seconds);
}

function medianStages(fits: readonly FitResult[]): Record<string, number> {
  const names = Object.keys(fits[0]!.stages);
  return Object.fromEntries(
    names.map((name) => [name, spreadOf(fits.map((fit) => fit.stages[name]!)).median]),
  );
}

function correctness(predictions: readonly string[], heldOut: readonly LabelledText[]): boolean[] {
  if (predictions.length !== heldOut.length)
    throw new Error('a fit answered another number of texts than asked');
  return heldOut.map((text, index) => predictions[index] === text.output);
}

function share(correct: readonly boolean[]): number {
  return correct.filter(Boolean).length / correct.length;
}
