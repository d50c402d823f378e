import { join } from 'node:path';
import { z } from 'zod';
import { capturedLineageOf } from '../data/captured/captured-lineage.ts';
import type { ExampleSet } from '../data/example-set.ts';
import { readCandidateManifest, saveCandidateFolder } from '../predictor/candidate-folder.ts';
import type { BuiltCandidate, Rung, RungContext } from '../rung/rung.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { RungName } from '../schema/rung-name.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbRun } from './climb-run.ts';

/** What a rung may see: the whole of a climb's training data, or one fold of a cross-validation. */
export interface Scope {
  /** `final`, or `r<repeat>f<fold>`. */
  name: string;
  train: ExampleSet;
  validation: ExampleSet;
  seed: number;
  built: BuiltCandidate[];
  /** How often the climb builds each rung. */
  trainings: number;
  /** Folds are made again if a power cut loses them. */
  durable: boolean;
}

const builtStepSchema = z.strictObject({ candidates: z.array(z.string()) });
/** Seconds and US dollars that a step took; null once a call of unknown price was made. */
export const usedStepSchema = z.strictObject({ seconds: z.number(), usd: z.number().nullable() });
export type Used = z.infer<typeof usedStepSchema>;

/** A candidate as it was just built or found from an earlier attempt. */
export interface BuiltHere {
  manifest: CandidateManifest;
  directory: string;
}

/** Builds one rung in one scope, or finds what an earlier attempt built. Counts time and money on the clock. */
export async function buildRung(
  rung: Rung,
  scope: Scope,
  { run, environment, clock }: { run: ClimbRun; environment: ClimbEnvironment; clock: ClimbClock },
): Promise<BuiltHere[]> {
  const step = join('scopes', scope.name, rung.name);
  const built = await run.step(
    `${step}.json`,
    builtStepSchema,
    async () => {
      const started = performance.now();
      const usdBefore = totalSpent(environment);
      const names: string[] = [];
      const context = rungContext(rung, scope, { run, environment, clock, names });
      await rung.build(context);
      await run.step(
        usedFile(scope.name, rung.name),
        usedStepSchema,
        async () => ({
          seconds: (performance.now() - started) / 1000,
          usd: difference(totalSpent(environment), usdBefore),
        }),
        scope,
      );
      return { candidates: names };
    },
    scope,
  );
  clock.use(await usedIn(run, scope.name, rung.name));
  return Promise.all(
    built.candidates.map(async (name) => {
      const directory = candidateDirectory(run, scope, name);
      return { directory, manifest: await readCandidateManifest(directory) };
    }),
  );
}

function rungContext(
  rung: Rung,
  scope: Scope,
  {
    run,
    environment,
    clock,
    names,
  }: { run: ClimbRun; environment: ClimbEnvironment; clock: ClimbClock; names: string[] },
): RungContext {
  const { task, labels, dataset, upstreams, load, signal, homegrownVersion } = environment;
  const captured = capturedLineageOf(dataset.manifest);
  const lineage = {
    ...(captured === undefined ? {} : { captured }),
    dataset: dataset.manifest.hash,
    run: run.id,
    seed: scope.seed,
    homegrown: homegrownVersion,
    trainedOn: 0,
  };
  return {
    task,
    labels,
    train: scope.train,
    validation: scope.validation,
    seed: scope.seed,
    budget: clock.left,
    upstreams,
    built: scope.built,
    load,
    trainingDirectory: run.path('scopes', scope.name, 'training', rung.name),
    trainings: scope.trainings,
    lineage,
    signal,
    progress(message, share) {
      if (scope.name !== 'final') return;
      run.emit({ type: 'rung-progress', rung: rung.name, message, share: share ?? null });
    },
    async saveCandidate({ trainedOn, ...facts }, write) {
      const manifest = {
        ...facts,
        rung: rung.name,
        task: task.name,
        labels: [...labels],
        lineage: { ...lineage, trainedOn },
      };
      names.push(facts.name);
      return saveCandidateFolder(candidateDirectory(run, scope, facts.name), manifest, write, scope);
    },
  };
}

function candidateDirectory(run: ClimbRun, scope: Scope, candidate: string): string {
  return run.path('scopes', scope.name, 'candidates', fileNameOf(candidate));
}

/** What building a rung in a scope took. */
export function usedIn(
  run: ClimbRun,
  scope: string,
  rung: RungName,
): Promise<z.infer<typeof usedStepSchema>> {
  return run.step(usedFile(scope, rung), usedStepSchema, async () => ({ seconds: 0, usd: null }));
}

function usedFile(scope: string, rung: RungName): string {
  return join('measured', scope, `${rung}.rung.json`);
}

/** A candidate's name as a file name: `bag/words` → `bag.words`. */
export function fileNameOf(candidate: string): string {
  return candidate.replaceAll('/', '.');
}

/** What all upstreams have cost so far; null when a call of unknown price was made. */
export function totalSpent({ upstreams }: Pick<ClimbEnvironment, 'upstreams'>): number | null {
  let total = 0;
  for (const name of upstreams.names) {
    const spent = upstreams.get(name).spentUsd;
    if (spent === null) return null;
    total += spent;
  }
  return total;
}

function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}
