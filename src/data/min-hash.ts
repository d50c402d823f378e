import { normaliseText } from './normalise-text.ts';

/** Bins of a signature: one-permutation MinHash (Li, Owen & Zhang 2012), one hash per shingle whatever the bins. */
export const SIGNATURE_BINS = 128;
const SHINGLE_LENGTH = 5;
const EMPTY = 0xffffffff;
const minima = new Uint32Array(SIGNATURE_BINS);

/**
 * Writes the signature of a text's 5-character shingles (after normalisation) into `signature`, 0 for bins without a
 * shingle. Returns the least shingle hash mixed anew: near duplicates mostly share it, so it samples them together.
 */
export function signText(text: string, signature: Uint16Array): number {
  const normal = normaliseText(text);
  minima.fill(EMPTY);
  let least = EMPTY;
  const last = Math.max(0, normal.length - SHINGLE_LENGTH);
  for (let start = 0; start <= last; start++) {
    const hash = hashShingle(normal, start);
    const bin = hash & (SIGNATURE_BINS - 1);
    if (hash < minima[bin]!) minima[bin] = hash;
    if (hash < least) least = hash;
  }
  for (let bin = 0; bin < SIGNATURE_BINS; bin++) {
    const minimum = minima[bin]!;
    signature[bin] = minimum === EMPTY ? 0 : mix(minimum) & 0xffff || 1;
  }
  return mix(least ^ 0x5bd1e995);
}

function hashShingle(text: string, start: number): number {
  let hash = 0x811c9dc5;
  const end = Math.min(text.length, start + SHINGLE_LENGTH);
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** MurmurHash3's finaliser. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Whether the estimated Jaccard overlap of two texts' shingles (equal bins among those filled in either) is at least
 * `least`. `a` and `b` are the bins' places in `signatures`.
 */
export function overlapsAtLeast(least: number, signatures: Uint16Array, a: number, b: number): boolean {
  const allowed = (1 - least) * SIGNATURE_BINS;
  let equal = 0;
  let different = 0;
  for (let bin = 0; bin < SIGNATURE_BINS; bin++) {
    const left = signatures[a + bin]!;
    if (left !== signatures[b + bin]!) {
      different += 1;
      if (different > allowed) return false;
    } else if (left !== 0) equal += 1;
  }
  return equal > 0 && equal >= least * (equal + different);
}

/**
 * Hash of one band of the signature at `place`: texts that overlap much share at least one band. Empty bins borrow from
 * the next filled one (rotation densification, Shrivastava & Li 2014).
 */
export function bandKey(signatures: Uint16Array, place: number, firstBin: number, bins: number): number {
  let key = 0x9747b28c ^ firstBin;
  for (let bin = firstBin; bin < firstBin + bins; bin++) {
    let distance = 0;
    let value = signatures[place + bin]!;
    while (value === 0 && distance < SIGNATURE_BINS) {
      distance += 1;
      value = signatures[place + ((bin + distance) & (SIGNATURE_BINS - 1))]!;
    }
    key = mix(Math.imul(key, 31) ^ (value + Math.imul(distance, 0x10001)));
  }
  return key;
}
