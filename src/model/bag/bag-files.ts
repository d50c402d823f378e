import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { writeFileAtomic } from '../../util/atomic-file.ts';
import { checkedTensor, RESTORE_MODEL } from '../checked-tensors.ts';
import { floatsOf, readSafetensors, tensorOf, writeSafetensors, type Tensor } from '../safetensors.ts';
import type { BagModel } from './bag-model.ts';
import { writeBagOnnx } from './bag-onnx.ts';
import { bucketCount, ngramSettingsSchema } from './bag-settings.ts';
import { calibrationSchema } from './calibration.ts';

export const WEIGHTS_FILE = 'model.safetensors';
export const FEATURES_FILE = 'features.json';
export const ONNX_FILE = 'model.onnx';

/** `features.json`: all that turns a text into the inputs of `model.onnx`, and its outputs into labels. */
const featuresSchema = z.strictObject({
  format: z.literal(1),
  labels: z.array(z.string()).min(2),
  ngrams: ngramSettingsSchema,
  characterWeight: z.number().min(0).max(100),
  calibration: calibrationSchema,
});

/** Writes a model with 8-bit weights into a folder: weights once, and an ONNX graph that refers to them. */
export async function saveBag(directory: string, model: BagModel): Promise<void> {
  const { weights, labels, idf, bias, rowOf, ngrams, characterWeight, calibration } = model;
  if (weights.kind !== 'int8') throw new Error('only a model with 8-bit weights is saved');
  const offsets = await writeSafetensors(
    join(directory, WEIGHTS_FILE),
    {
      weights: tensorOf('I8', [idf.length, labels.length], weights.data),
      scales: tensorOf('F32', [labels.length], weights.scales),
      bias: tensorOf('F32', [labels.length], bias),
      idf: tensorOf('F32', [idf.length], idf),
      buckets: tensorOf('U8', [rowOf.length / 8], bitsOf(rowOf)),
    },
    { format: 'homegrown-bag-1' },
  );
  await writeBagOnnx(join(directory, ONNX_FILE), {
    rows: idf.length,
    classes: labels.length,
    calibration,
    weightsFile: WEIGHTS_FILE,
    offsets,
  });
  const features = { format: 1, labels: [...labels], ngrams, characterWeight, calibration };
  const text = `${JSON.stringify(featuresSchema.parse(features), null, 2)}\n`;
  await writeFileAtomic(join(directory, FEATURES_FILE), text, { durable: false });
}

/** Bit b of byte i (lowest first) says whether bucket 8 i + b has a row; rows are numbered in that order. */
function bitsOf(rowOf: Int32Array): Uint8Array {
  const bits = new Uint8Array(rowOf.length / 8);
  for (let bucket = 0; bucket < rowOf.length; bucket++) {
    if (rowOf[bucket]! >= 0) bits[bucket >> 3]! |= 1 << (bucket & 7);
  }
  return bits;
}

function rowsOfBits(bits: Uint8Array): { rowOf: Int32Array; rows: number } {
  const rowOf = new Int32Array(8 * bits.length).fill(-1);
  let rows = 0;
  for (let bucket = 0; bucket < rowOf.length; bucket++) {
    if ((bits[bucket >> 3]! & (1 << (bucket & 7))) !== 0) rowOf[bucket] = rows++;
  }
  return { rowOf, rows };
}

/** Reads a model folder; throws `model/…` when a file of it is missing, damaged or does not fit the others. */
export async function loadBag(directory: string): Promise<BagModel> {
  const { labels, ngrams, characterWeight, calibration } = await readFeatures(join(directory, FEATURES_FILE));
  const path = join(directory, WEIGHTS_FILE);
  const { tensors } = await readSafetensors(path);
  const take = (name: string, type: Tensor['type'], shape: number[]): Tensor =>
    checkedTensor(tensors, { name, type, shape }, { where: path, fits: FEATURES_FILE });
  const takeFloats = (name: string, length: number): Float32Array => floatsOf(take(name, 'F32', [length]));
  const buckets = take('buckets', 'U8', [bucketCount(ngrams) / 8]);
  const { rowOf, rows } = rowsOfBits(buckets.data);
  const integers = take('weights', 'I8', [rows, labels.length]).data;
  return {
    labels,
    ngrams,
    characterWeight,
    calibration,
    rowOf,
    idf: takeFloats('idf', rows),
    bias: takeFloats('bias', labels.length),
    weights: {
      kind: 'int8',
      data: new Int8Array(integers.buffer, integers.byteOffset, integers.byteLength),
      scales: takeFloats('scales', labels.length),
    },
  };
}

async function readFeatures(path: string): Promise<z.infer<typeof featuresSchema>> {
  try {
    return featuresSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new HomegrownError({
      code: 'model/damaged-features',
      message: 'this file does not say how texts become features',
      where: path,
      expected: 'the JSON that was written when the model was built',
      found: cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause),
      hint: RESTORE_MODEL,
      cause,
    });
  }
}
