import { firstExamples } from '../data/example-subset.ts';
import type { ExampleSet } from '../data/example-set.ts';
import { join } from 'node:path';
import type { Predictor } from '../predictor/predictor.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import { type Measured, measuredSchema } from '../schema/report.ts';
import { fileNameOf, usedIn } from './build-rung.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { measureCandidate } from './measure-candidate.ts';

const LATENCY_INPUTS = 200;

/** What the clock, the scale and the purse say of a candidate; measured once, then read back. */
export async function measuredStep(
  predictor: Predictor,
  examples: ExampleSet,
  { run, environment }: { run: ClimbRun; environment: ClimbEnvironment },
): Promise<Measured> {
  const { manifest } = predictor;
  return run.step(join('measured', `${fileNameOf(manifest.name)}.json`), measuredSchema, async () => {
    const inputs: string[] = [];
    for await (const { input } of firstExamples(examples, LATENCY_INPUTS)) inputs.push(input);
    const { seconds, usd } = await usedIn(run, 'final', manifest.rung);
    const measured = await measureCandidate(predictor, inputs, environment);
    return { ...measured, buildSeconds: seconds, buildUsd: usd, modelBytes: bytesOf(manifest) };
  });
}

function bytesOf({ files }: CandidateManifest): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}
