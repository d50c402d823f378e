import { readFileSync } from 'node:fs';
import { z } from 'zod';

const encodedSchema = z.strictObject({ shape: z.array(z.int()), data: z.base64() });
const transformer = {
  vocabulary: z.int(),
  positions: z.int(),
  width: z.int(),
  layers: z.int(),
  heads: z.int(),
  inner: z.int(),
  gelu: z.enum(['tanh', 'erf']),
};
const architectureSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gpt'), ...transformer }),
  z.strictObject({
    kind: z.literal('encoder'),
    ...transformer,
    classes: z.int(),
    labelSmoothing: z.number(),
  }),
]);

const goldenSchema = z.strictObject({
  architecture: architectureSchema,
  optimizer: z.strictObject({
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    weightDecay: z.number(),
    clipNorm: z.number(),
    /** Names of the parameters that decay. */
    decayed: z.array(z.string()),
  }),
  /** One per step. */
  learningRates: z.array(z.number()),
  /** [steps, texts, tokens], `labels` and `lengths` of an encoder [steps, texts]; labels of -1 are not learned. */
  batches: z.record(z.string(), encodedSchema.transform(decodeInt32)),
  weights: z.record(z.string(), encodedSchema.transform(decodeFloat32)),
  /** Of the first step, before clipping. */
  gradients: z.record(z.string(), encodedSchema.transform(decodeFloat64)),
  /** Of every step, before its update, in 64 bits. */
  losses: z.array(z.number()),
  /** Before clipping. */
  gradientNorms: z.array(z.number()),
  /** Losses when everything is in 32 bits. */
  losses32: z.array(z.number()),
  /** Euclidean norm of all parameters after the last update. */
  finalNorm: z.number(),
});

/** A tiny network, its training data, and what PyTorch makes of them (make_model_goldens.py). */
export type ModelGolden = z.infer<typeof goldenSchema>;

/** Numbers with their shape, row-major. */
export interface GoldenTensor<Data> {
  shape: number[];
  data: Data;
}

type Encoded = z.infer<typeof encodedSchema>;

/** Reads the golden of one kind of network. */
export function readModelGolden(kind: 'gpt' | 'encoder'): ModelGolden {
  return goldenSchema.parse(JSON.parse(readFileSync(new URL(`${kind}.json`, import.meta.url), 'utf8')));
}

function decodeInt32({ shape, data }: Encoded): GoldenTensor<Int32Array> {
  return { shape, data: new Int32Array(bytesOf(data)) };
}

function decodeFloat32({ shape, data }: Encoded): GoldenTensor<Float32Array> {
  return { shape, data: new Float32Array(bytesOf(data)) };
}

function decodeFloat64({ shape, data }: Encoded): GoldenTensor<Float64Array> {
  return { shape, data: new Float64Array(bytesOf(data)) };
}

function bytesOf(base64: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(base64, 'base64')).buffer;
}
