import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crossValidationFolds, type Fold } from '../data/cross-validation-folds.ts';
import { exampleSetOf } from '../data/example-set.ts';
import { baselinePredictions } from '../evaluate/baseline.ts';
import { evaluateQuality } from '../evaluate/quality.ts';
import { joinFolds } from '../evaluate/join-folds.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { BuiltCandidate, Rung } from '../rung/rung.ts';
import type { Example } from '../schema/example.ts';
import { buildRung, fileNameOf, type BuiltHere, type Scope } from './build-rung.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { measuredStep } from './evaluate-measured.ts';
import { metricValue } from './metric-value.ts';
import type { Outcome, Protocol } from './protocol.ts';
import { DEAR_EXAMPLES, scoreCandidate } from './score-candidate.ts';

const FOLDS = 5;

/** More repeats for fewer examples: they cost little there and steady the figure. */
function repeatsFor(examples: number): number {
  return examples < 300 ? 10 : 5;
}

/** Repeated grouped cross-validation: quality from out-of-fold answers, the final candidates from all examples. */
export async function crossValidationProtocol(
  environment: ClimbEnvironment,
  run: ClimbRun,
  clock: ClimbClock,
): Promise<Protocol> {
  const { task, dataset, labels } = environment;
  const { seed } = task.config;
  const examples = await Array.fromAsync(dataset.examples());
  const repeats = repeatsFor(examples.length);
  const folds = crossValidationFolds(examples, { folds: FOLDS, repeats, seed });
  const built: BuiltCandidate[] = [];
  const scope: Scope = {
    name: 'final',
    train: exampleSetOf(examples),
    validation: exampleSetOf([]),
    seed,
    built,
  };
  const foldScopes = folds.map((fold) => ({ fold, scope: foldScope(fold, seed) }));

  async function scoreFold(
    fold: Fold,
    { directory, manifest }: BuiltHere,
    bounded: ClimbEnvironment,
  ): Promise<ScoredPredictions> {
    const predictor = await bounded.load(directory);
    try {
      const file = `${fileNameOf(manifest.name)}.${foldName(fold)}`;
      const dearExamples = Math.ceil(DEAR_EXAMPLES / FOLDS);
      return await scoreCandidate(predictor, exampleSetOf(fold.test), {
        run,
        file,
        dearExamples,
        signal: bounded.signal,
      });
    } finally {
      await predictor.close();
    }
  }

  /** Out-of-fold answers of each candidate of a rung. Those that call an upstream are judged in the first repeat only. */
  async function outOfFold(
    rung: Rung,
    finals: readonly BuiltHere[],
    bounded: ClimbEnvironment,
  ): Promise<Map<string, ScoredPredictions>> {
    const dear = new Set(
      finals.filter(({ manifest }) => manifest.upstreams.length > 0).map(({ manifest }) => manifest.name),
    );
    const parts = new Map<string, { fold: Fold; scored: ScoredPredictions }[]>(
      finals.map(({ manifest }) => [manifest.name, []]),
    );
    for (const [index, { fold, scope: inner }] of foldScopes.entries()) {
      if (fold.repeat > 0 && dear.size === finals.length) continue;
      for (const candidate of await buildRung(rung, inner, { run, environment: bounded, clock })) {
        inner.built.push({ ...candidate, quality: null });
        if (fold.repeat > 0 && dear.has(candidate.manifest.name)) continue;
        parts.get(candidate.manifest.name)?.push({ fold, scored: await scoreFold(fold, candidate, bounded) });
      }
      run.emit({
        type: 'rung-progress',
        rung: rung.name,
        message: `cross-validation ${index + 1} of ${folds.length}`,
        share: (index + 1) / folds.length,
      });
    }
    return new Map([...parts].map(([name, folded]) => [name, joinFolds(folded, examples)]));
  }

  async function tryRung(rung: Rung, bounded: ClimbEnvironment): Promise<Outcome[]> {
    const finals = await buildRung(rung, scope, { run, environment: bounded, clock });
    const scores = await outOfFold(rung, finals, bounded);
    const outcomes: Outcome[] = [];
    for (const { manifest, directory } of finals) {
      const validationScores = scores.get(manifest.name)!;
      const validation = evaluateQuality(validationScores, { seed });
      const predictor = await bounded.load(directory);
      const measured = await measuredStep(predictor, scope.train, { run, environment: bounded }).finally(() =>
        predictor.close(),
      );
      built.push({ manifest, directory, quality: metricValue(task, validation) });
      const reported = {
        scores: validationScores,
        inputs: async (wanted: ReadonlySet<number>) => inputsOf(examples, wanted),
      };
      outcomes.push({ manifest, directory, validationScores, validation, heldOut: null, reported, measured });
    }
    return outcomes;
  }

  const label = commonestLabel(examples);
  const baseline = {
    label,
    validation: evaluateQuality(await baselinePredictions(scope.train, { label, labels }), { seed }),
    heldOut: null,
  };
  return {
    description: { kind: 'cross-validation', folds: FOLDS, repeats },
    train: scope.train,
    built,
    baseline,
    tryRung,
  };
}

/** Removes the candidates of the folds, which only served to judge. */
export async function removeFoldCandidates(run: ClimbRun): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  for (const scope of await readdir(run.path('scopes')).catch(() => [])) {
    if (scope !== 'final') await rm(join(run.path('scopes'), scope), { recursive: true, force: true });
  }
}

function foldName({ repeat, fold }: Fold): string {
  return `r${repeat}f${fold}`;
}

function foldScope(fold: Fold, seed: number): Scope {
  return {
    name: foldName(fold),
    train: exampleSetOf(fold.train),
    validation: exampleSetOf([]),
    seed,
    built: [],
  };
}

function inputsOf(examples: readonly Example[], wanted: ReadonlySet<number>): Map<number, string> {
  return new Map([...wanted].map((index) => [index, examples[index]!.input]));
}

function commonestLabel(examples: readonly Example[]): string {
  const counts = new Map<string, number>();
  for (const { output } of examples) counts.set(output, (counts.get(output) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
