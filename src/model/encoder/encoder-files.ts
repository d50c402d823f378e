import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { encoderClassifierSchema } from '../../schema/architecture.ts';
import { writeFileAtomic } from '../../util/atomic-file.ts';
import { checkedTensor, misfit, RESTORE_MODEL } from '../checked-tensors.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../safetensors.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type EncoderModel, tensorShapes } from './encoder-model.ts';
import { encoderOnnx } from './encoder-onnx.ts';

export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const TOKENIZER_FILE = 'tokenizer.json';
export const ONNX_FILE = 'model.onnx';

/** A graph is made before the weights are compared with it. */
const MOST_LAYERS = 256;

/** `config.json`: with `tokenizer.json`, all that turns a text into the inputs of `model.onnx`, and its outputs into labels. */
const configSchema = z
  .strictObject({
    format: z.literal(1),
    model_type: z.literal('homegrown-encoder'),
    labels: z.array(z.string()).min(2),
    architecture: encoderClassifierSchema,
    temperature: z.number().min(0.05).max(20),
  })
  .refine(({ architecture: { layers } }) => layers <= MOST_LAYERS, `at most ${MOST_LAYERS} layers`)
  .refine(({ labels, architecture }) => labels.length === architecture.classes, 'one label for each class')
  .refine(({ architecture: { width, heads } }) => width % heads === 0, 'width must be a multiple of heads');

/** Writes a model into a folder: weights once, and an ONNX graph that refers to them. */
export async function saveEncoder(directory: string, model: EncoderModel): Promise<void> {
  const { architecture, labels, temperature, tokenizer, tensors } = model;
  const offsets = await writeSafetensors(join(directory, WEIGHTS_FILE), Object.fromEntries(tensors), {
    format: 'homegrown-encoder-1',
  });
  const onnx = encoderOnnx(model, (name) => ({
    file: WEIGHTS_FILE,
    offset: offsets.get(name)!,
    length: tensors.get(name)!.data.length,
  }));
  await writeFileAtomic(join(directory, ONNX_FILE), onnx, { durable: false });
  await writeFileAtomic(join(directory, TOKENIZER_FILE), tokenizer.toJson(), { durable: false });
  const config = configSchema.parse({
    format: 1,
    model_type: 'homegrown-encoder',
    labels: [...labels],
    architecture,
    temperature,
  });
  const text = `${JSON.stringify(config, null, 2)}\n`;
  await writeFileAtomic(join(directory, CONFIG_FILE), text, { durable: false });
}

/** Reads a model folder; throws `model/…` when a file of it is missing, damaged or does not fit the others. */
export async function loadEncoder(directory: string): Promise<EncoderModel> {
  const config = await readConfig(join(directory, CONFIG_FILE));
  const tokenizer = await readTokenizer(join(directory, TOKENIZER_FILE));
  const { vocabularySize } = config.architecture;
  if (tokenizer.vocabularySize !== vocabularySize)
    throw misfit({
      where: join(directory, TOKENIZER_FILE),
      fits: CONFIG_FILE,
      expected: `${vocabularySize} tokens`,
      found: String(tokenizer.vocabularySize),
    });
  const path = join(directory, WEIGHTS_FILE);
  const { tensors } = await readSafetensors(path);
  checkTensors(config.architecture, tensors, path);
  const { labels, architecture, temperature } = config;
  return { labels, architecture, temperature, tokenizer, tensors };
}

async function readConfig(path: string): Promise<z.infer<typeof configSchema>> {
  try {
    return configSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new HomegrownError({
      code: 'model/damaged-config',
      message: 'this file does not say what the model is made of',
      where: path,
      expected: 'the JSON that was written when the model was built',
      found: cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause),
      hint: RESTORE_MODEL,
      cause,
    });
  }
}

async function readTokenizer(path: string): Promise<Tokenizer> {
  try {
    return Tokenizer.fromJson(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new HomegrownError({
      code: cause instanceof HomegrownError ? cause.code : 'model/bad-tokenizer',
      message: 'the tokenizer cannot be read',
      where: path,
      found: messageOf(cause),
      hint: RESTORE_MODEL,
      cause,
    });
  }
}

/** The graph is made for these shapes, and numbers no training gives would only show in the answers. */
function checkTensors(
  architecture: EncoderModel['architecture'],
  tensors: ReadonlyMap<string, Tensor>,
  where: string,
): void {
  const shapes = tensorShapes(architecture);
  for (const [name, { type, shape }] of shapes)
    checkedTensor(tensors, { name, type, shape }, { where, fits: CONFIG_FILE });
  const extra = [...tensors.keys()].find((name) => !shapes.has(name));
  if (extra !== undefined)
    throw misfit({
      where,
      fits: CONFIG_FILE,
      expected: `${shapes.size} tensors`,
      found: `also "${extra}"`,
    });
}
