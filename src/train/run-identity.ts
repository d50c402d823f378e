import type { RunSpec } from '../schema/run-spec.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import { PACKAGE_VERSION } from '../util/package-version.ts';

/** SHA-256 of a spec, whatever the order of its keys. */
export function specHashOf(spec: RunSpec): string {
  return sha256(canonicalJson(spec));
}

/** A run's name: what it is for, what is trained, and the first characters of its spec's hash. */
export function runIdOf(spec: RunSpec): string {
  const { task, architecture } = spec;
  return [...(task === null ? [] : [task]), architecture.kind, specHashOf(spec).slice(0, 12)].join('-');
}

/** Stands for all code that decides numbers: this package's version and that of the engine handed in. */
export function codeVersionOf(engineVersion: string): string {
  return sha256(canonicalJson({ homegrown: PACKAGE_VERSION, engine: engineVersion })).slice(0, 16);
}
