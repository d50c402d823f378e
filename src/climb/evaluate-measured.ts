import { firstExamples } from '../data/example-subset.ts';
import type { ExampleSet } from '../data/example-set.ts';
import { join } from 'node:path';
import { z } from 'zod';
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
    const leastCpuMs = await partsCpuMs(manifest, run);
    const measured = await measureCandidate(predictor, inputs, { ...environment, leastCpuMs });
    return { ...measured, buildSeconds: seconds, buildUsd: usd, modelBytes: bytesOf(manifest) };
  });
}

/** What the parts of a blend take together: it cannot take less, whatever the clock's noise says. */
async function partsCpuMs({ kind, settings }: CandidateManifest, run: ClimbRun): Promise<number> {
  if (kind !== 'blend') return 0;
  let sum = 0;
  for (const { candidate } of blendPartsSchema.parse(settings).parts) {
    const path = join('measured', `${fileNameOf(candidate)}.json`);
    if (run.has(path)) sum += (await run.step(path, measuredSchema, neverMade)).cpuMsPerCall ?? 0;
  }
  return sum;
}

const blendPartsSchema = z.object({ parts: z.array(z.object({ candidate: z.string() })) });

function neverMade(): Promise<Measured> {
  throw new Error('this step is only read');
}

function bytesOf({ files }: CandidateManifest): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}
