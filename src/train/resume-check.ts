import { HomegrownError } from '../errors/homegrown-error.ts';
import type { RunCheckpoint } from '../schema/run-checkpoint.ts';
import type { RunSpec } from '../schema/run-spec.ts';
import { canonicalJson } from '../util/content-hash.ts';
import { runFiles } from './run-folder.ts';
import { specHashOf } from './run-identity.ts';
import { isRecord } from '../util/is-record.ts';

/** What a run is asked to go on with. */
export interface ResumeRequest {
  readonly directory: string;
  readonly spec: RunSpec;
  /** Threads of the trainer handed in. */
  readonly threads: number;
  readonly codeVersion: string;
}

/** Refuses to go on with a run that was begun with another spec: its numbers would be nobody's. */
export function refuseOtherSpec(stored: RunSpec, { directory, spec, threads }: ResumeRequest): void {
  const where = runFiles(directory).spec;
  if (stored.dataset !== spec.dataset) throw otherData(where, stored.dataset, spec.dataset);
  if (stored.threads !== spec.threads) throw otherThreads(where, stored.threads, spec.threads);
  if (spec.threads !== threads) throw otherThreads(where, spec.threads, threads);
  if (specHashOf(stored) === specHashOf(spec)) return;
  const differences = differencesBetween(stored, spec);
  throw refusal('train/other-spec', {
    message: 'this run was begun with another spec',
    where,
    expected: differences.map(({ path, expected }) => `${path} ${expected}`).join(', '),
    found: differences.map(({ path, found }) => `${path} ${found}`).join(', '),
    hint: 'Train with the spec of this run, or take another folder for the new one.',
  });
}

/** Refuses to go on from a checkpoint that other data, code or thread count made. */
export function refuseOtherOrigin(facts: RunCheckpoint, where: string, request: ResumeRequest): void {
  const { spec, codeVersion } = request;
  if (facts.dataset !== spec.dataset) throw otherData(where, facts.dataset, spec.dataset);
  if (facts.threads !== request.threads) throw otherThreads(where, facts.threads, request.threads);
  if (facts.codeVersion !== codeVersion) {
    throw refusal('train/other-code', {
      message: 'this checkpoint was made by another version of the code that decides numbers',
      where,
      expected: `code ${facts.codeVersion} (Homegrown ${facts.homegrown})`,
      found: `code ${codeVersion}`,
      hint: 'Go on with the version that began this run, or delete its folder to train from the start with this one.',
    });
  }
  const hash = specHashOf(spec);
  if (facts.specHash !== hash) {
    throw refusal('train/other-spec', {
      message: 'this checkpoint belongs to a run with another spec',
      where,
      expected: `spec ${facts.specHash.slice(0, 12)}`,
      found: `spec ${hash.slice(0, 12)}`,
      hint: 'Put back the checkpoints of this run, or delete its folder to train from the start.',
    });
  }
}

interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** The values that differ, each by its path. */
function differencesBetween(expected: unknown, found: unknown, path: string = ''): Difference[] {
  if (canonicalJson({ value: expected }) === canonicalJson({ value: found })) return [];
  if (!isRecord(expected) || !isRecord(found))
    return [{ path, expected: inWords(expected), found: inWords(found) }];
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return keys.flatMap((key) =>
    differencesBetween(expected[key], found[key], path === '' ? key : `${path}.${key}`),
  );
}

function inWords(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

function otherData(where: string, expected: string, found: string): HomegrownError {
  return refusal('train/other-data', {
    message: 'this run was begun with other data',
    where,
    expected: `data set ${expected}`,
    found: `data set ${found}`,
    hint: 'Go on with that data set, or take another folder to train on the new one from the start.',
  });
}

function otherThreads(where: string, expected: number, found: number): HomegrownError {
  return refusal('train/other-threads', {
    message: 'this run was begun with another number of threads, which gives other last bits',
    where,
    expected: threadsInWords(expected),
    found: threadsInWords(found),
    hint: `Go on with ${threadsInWords(expected)}, or take another folder to train from the start.`,
  });
}

function threadsInWords(count: number): string {
  return count === 1 ? '1 thread' : `${count} threads`;
}

function refusal(
  code: string,
  facts: { message: string; where: string; expected: string; found: string; hint: string },
): HomegrownError {
  return new HomegrownError({ code, kind: 'refused', ...facts });
}
