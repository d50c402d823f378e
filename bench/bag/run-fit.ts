import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from './contestants.ts';
import { fitResultSchema, type FitResult } from './fit-result.ts';

/** What fits need; their results are left beside the data. */
export interface FitEnvironment {
  python: string;
  dataDirectory: string;
  /** File that benchmarks running at the same time lock in turn, one fit each; needs `flock`. */
  lock: string | undefined;
}

/** Fits one contestant once in a fresh process and reads what it measured. */
export function runFit(contestant: Contestant, environment: FitEnvironment): FitResult {
  const resultPath = join(environment.dataDirectory, `${contestant.kind}-${contestant.features}.json`);
  const command = [
    ...(environment.lock === undefined ? [] : ['flock', environment.lock]),
    contestant.kind === 'ours' ? process.execPath : environment.python,
    contestant.program,
    environment.dataDirectory,
    JSON.stringify(contestant.settings),
    resultPath,
  ];
  const { status, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${contestant.name} failed:\n${stderr}`);
  return fitResultSchema.parse(JSON.parse(readFileSync(resultPath, 'utf8')));
}
