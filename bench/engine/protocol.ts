import { z } from 'zod';
import type { Batch, IntegerTensor, TrainingSetup } from './contestant.ts';

/** Integers as they go through a pipe. */
export interface EncodedTensor {
  readonly shape: readonly number[];
  /** Base64 of little-endian 32-bit integers. */
  readonly data: string;
}

/** `Batch` as it goes through a pipe. */
export type EncodedBatch = { readonly [Name in keyof Batch]: EncodedTensor };

/** One line to a contestant's process. */
export type ContestantRequest =
  | ({ command: 'init'; settings: Readonly<Record<string, unknown>> } & TrainingSetup)
  | { command: 'step'; batch: EncodedBatch; learningRate: number }
  | { command: 'evaluate'; batch: EncodedBatch }
  | { command: 'state'; path: string }
  | { command: 'peak-memory' }
  | { command: 'close' };

/** Its answer, one line too. */
export const answerSchema = z.union([
  z.looseObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);

export const initAnswerSchema = z.object({ parameters: z.int().positive(), seconds: z.number().positive() });

export const stepAnswerSchema = z.object({
  seconds: z.number().positive(),
  processorSeconds: z.number().nonnegative(),
  loss: z.number(),
  gradientNorm: z.number(),
});

export const peakMemoryAnswerSchema = z.object({
  peakBytes: z.int().positive(),
  startBytes: z.int().positive(),
});

/** A batch as it goes through a pipe. */
export function encodeBatch({ ids, labels, lengths }: Batch): EncodedBatch {
  return {
    ids: encodeTensor(ids),
    labels: encodeTensor(labels),
    ...(lengths === undefined ? {} : { lengths: encodeTensor(lengths) }),
  };
}

/** The batch that was encoded. */
export function decodeBatch({ ids, labels, lengths }: EncodedBatch): Batch {
  return {
    ids: decodeTensor(ids),
    labels: decodeTensor(labels),
    ...(lengths === undefined ? {} : { lengths: decodeTensor(lengths) }),
  };
}

function encodeTensor({ shape, data }: IntegerTensor): EncodedTensor {
  return { shape, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
}

function decodeTensor({ shape, data }: EncodedTensor): IntegerTensor {
  return { shape, data: new Int32Array(new Uint8Array(Buffer.from(data, 'base64')).buffer) };
}
