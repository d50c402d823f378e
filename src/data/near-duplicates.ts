import { open } from 'node:fs/promises';
import type { CurationFinding } from '../schema/dataset-manifest.ts';
import { type PlacedExample, readExampleBatches } from './examples-file.ts';
import { throwIfInterrupted } from './interruption.ts';
import { bandKey, overlapsAtLeast, SIGNATURE_BINS, signText } from './min-hash.ts';
import { countOf, formatCount, formatShare, quoteForDisplay } from './quote-for-display.ts';
import { heldOutRank } from './split.ts';

/** Texts whose shingles overlap at least so much (Jaccard, estimated) are near duplicates. */
export const NEAR_DUPLICATE_OVERLAP = 0.8;
const BAND_BINS = 8;
/** Beyond this many examples a sample is looked at, 256 bytes of signature each. */
export const MAX_SIGNED_EXAMPLES = 250_000;
const SAMPLES = 5;

interface SearchOptions {
  examples: number;
  heldOut: number;
  maxSigned?: number;
  signal?: AbortSignal | undefined;
}

interface Signed {
  count: number;
  signatures: Uint16Array;
  ranks: Uint8Array;
  offsets: Float64Array;
}

/** Looks for near duplicates in a file of examples; removes none. Two findings: all, and those that flatter held-out. */
export async function findNearDuplicates(path: string, options: SearchOptions): Promise<CurationFinding[]> {
  const signed = await signExamples(path, options);
  const search = new PairSearch(signed);
  for (let bin = 0; bin < SIGNATURE_BINS; bin += BAND_BINS) {
    throwIfInterrupted(options.signal);
    search.searchBand(bin);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return await describeFindings(path, signed, search, options);
}

async function signExamples(path: string, options: SearchOptions): Promise<Signed> {
  const limit = options.maxSigned ?? MAX_SIGNED_EXAMPLES;
  const share = Math.min(1, limit / Math.max(1, options.examples));
  const capacity = share === 1 ? options.examples : Math.ceil(limit * 1.05) + 1000;
  const signed: Signed = {
    count: 0,
    signatures: new Uint16Array(capacity * SIGNATURE_BINS),
    ranks: new Uint8Array(capacity),
    offsets: new Float64Array(capacity),
  };
  for await (const batch of readExampleBatches(path)) {
    throwIfInterrupted(options.signal);
    for (const placed of batch) if (signed.count < capacity) signExample(signed, placed, share);
  }
  return signed;
}

function signExample(signed: Signed, { example, offset }: PlacedExample, share: number): void {
  const row = signed.count;
  const sampling = signText(example.input, signatureOf(signed, row));
  if (share < 1 && sampling / 2 ** 32 >= share) return;
  signed.ranks[row] = heldOutRank(example.split);
  signed.offsets[row] = offset;
  signed.count += 1;
}

function signatureOf({ signatures }: Signed, row: number): Uint16Array {
  return signatures.subarray(row * SIGNATURE_BINS, (row + 1) * SIGNATURE_BINS);
}

/** Compares the texts that share a band. In a bucket each is compared with its neighbour and the first of each split. */
class PairSearch {
  readonly near: Uint8Array;
  /** Held-out rows with a near duplicate in train or validation. */
  readonly leaked: Uint8Array;
  readonly pairs: [number, number][] = [];
  readonly leakedPairs: [number, number][] = [];
  readonly #signed: Signed;
  readonly #order: Float64Array;

  constructor(signed: Signed) {
    this.#signed = signed;
    this.near = new Uint8Array(signed.count);
    this.leaked = new Uint8Array(signed.count);
    this.#order = new Float64Array(signed.count);
  }

  searchBand(firstBin: number): void {
    const order = this.#order;
    const { count, signatures } = this.#signed;
    const scale = 2 ** 20;
    for (let row = 0; row < count; row++) {
      order[row] = bandKey(signatures, row * SIGNATURE_BINS, firstBin, BAND_BINS) * scale + row;
    }
    order.sort();
    for (let start = 0; start < count;) {
      const key = Math.floor(order[start]! / scale);
      let end = start + 1;
      while (end < count && Math.floor(order[end]! / scale) === key) end += 1;
      if (end - start > 1) this.#searchBucket(order.subarray(start, end), key * scale);
      start = end;
    }
  }

  #searchBucket(bucket: Float64Array, base: number): void {
    const firstOfRank = [-1, -1, -1];
    let previous = -1;
    for (const entry of bucket) {
      const row = entry - base;
      for (const other of new Set([previous, ...firstOfRank])) if (other !== -1) this.#compare(other, row);
      const rank = this.#signed.ranks[row]!;
      if (firstOfRank[rank] === -1) firstOfRank[rank] = row;
      previous = row;
    }
  }

  #compare(a: number, b: number): void {
    const { ranks } = this.#signed;
    const across = ranks[a] !== ranks[b] && Math.max(ranks[a]!, ranks[b]!) === 2;
    const heldOut = ranks[a] === 2 ? a : b;
    if (this.near[a] === 1 && this.near[b] === 1 && (!across || this.leaked[heldOut] === 1)) return;
    const { signatures } = this.#signed;
    if (!overlapsAtLeast(NEAR_DUPLICATE_OVERLAP, signatures, a * SIGNATURE_BINS, b * SIGNATURE_BINS)) return;
    if (this.near[a] === 0 && this.near[b] === 0 && this.pairs.length < SAMPLES) this.pairs.push([a, b]);
    this.near[a] = 1;
    this.near[b] = 1;
    if (!across) return;
    if (this.leaked[heldOut] === 0 && this.leakedPairs.length < SAMPLES) this.leakedPairs.push([a, b]);
    this.leaked[heldOut] = 1;
  }
}

async function describeFindings(
  path: string,
  signed: Signed,
  search: PairSearch,
  { examples, heldOut }: SearchOptions,
): Promise<CurationFinding[]> {
  const near = sum(search.near);
  const leaked = sum(search.leaked);
  const heldOutSigned = signed.ranks
    .subarray(0, signed.count)
    .reduce((n, rank) => n + (rank === 2 ? 1 : 0), 0);
  const scope =
    signed.count < examples
      ? ` (looked at ${formatCount(signed.count)} of ${formatCount(examples)}, chosen so that near duplicates stay together)`
      : '';
  const similar = `alike in ${NEAR_DUPLICATE_OVERLAP * 100} % of their 5-character pieces or more, estimated by MinHash`;
  return [
    {
      check: 'near-duplicates',
      count: near,
      removed: 0,
      severity: near === 0 ? 'ok' : 'note',
      message:
        near === 0
          ? `No two inputs are nearly the same${scope}.`
          : `${countOf(near, 'example')} (${formatShare(near, signed.count)}) nearly the same as another, ${similar}${scope}; kept.`,
      samples: await describePairs(path, signed, search.pairs),
    },
    {
      check: 'near-duplicates-across-splits',
      count: leaked,
      removed: 0,
      severity: leaked === 0 ? 'ok' : leaked > 0.01 * heldOutSigned ? 'warning' : 'note',
      message:
        leaked === 0
          ? `No held-out input is nearly the same as one in train or validation${scope}.`
          : `${formatCount(leaked)} of ${countOf(heldOutSigned, 'held-out example')} (${formatShare(leaked, heldOutSigned)}) nearly the same as one in train or validation${heldOutSigned < heldOut ? scope : ''}: held-out quality looks better than new inputs will be. A group column that keeps them together prevents it.`,
      samples: await describePairs(path, signed, search.leakedPairs),
    },
  ];
}

function sum(flags: Uint8Array): number {
  return flags.reduce((total, flag) => total + flag, 0);
}

async function describePairs(
  path: string,
  signed: Signed,
  pairs: readonly (readonly [number, number])[],
): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const samples: string[] = [];
    for (const [a, b] of pairs) {
      const [left, right] = [
        await readInput(file, signed.offsets[a]!),
        await readInput(file, signed.offsets[b]!),
      ];
      samples.push(`${quoteForDisplay(left)} ~ ${quoteForDisplay(right)}`);
    }
    return samples;
  } finally {
    await file.close();
  }
}

type OpenFile = Awaited<ReturnType<typeof open>>;

/** The beginning of the input of the example whose line begins at `offset`. */
async function readInput(file: OpenFile, offset: number): Promise<string> {
  for (let length = 4096; ; length *= 16) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    const end = buffer.subarray(0, bytesRead).indexOf(10);
    if (end === -1 && bytesRead === length) continue;
    const line = buffer.toString('utf8', 0, end === -1 ? bytesRead : end);
    return (JSON.parse(line) as { input: string }).input;
  }
}
