import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildEncoder, type BuiltEncoder, orderedExamples } from '../../../test/support/build-encoder.ts';
import type { Predictor } from '../predictor.ts';
import { loadEncoderPredictor } from './encoder-predictor.ts';

let root: string;
let built: BuiltEncoder;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'homegrown-encoder-predictor-'));
  const examples = { train: orderedExamples(300), validation: orderedExamples(240, 2) };
  built = await buildEncoder(root, examples, { budget: { minutes: 0.02, usd: null } });
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

function load(directory = built.directory): Promise<Predictor> {
  return loadEncoderPredictor(directory, built.manifest, undefined as never);
}

it('answers the same alone, in a batch and in several calls at once', async () => {
  const predictor = await load();
  const texts = orderedExamples(700, 9).map(({ input }) => input);
  const batch = await predictor.predict(texts);
  const calls = await Promise.all(texts.slice(0, 100).map((text) => predictor.predict([text])));
  for (const [index, [alone]] of calls.entries()) {
    expect(alone!.label).toBe(batch[index]!.label);
    for (const [label, probability] of alone!.probabilities!.entries())
      expect(Math.abs(probability - batch[index]!.probabilities![label]!)).toBeLessThan(2e-3);
  }
  expect(await predictor.predict([])).toEqual([]);
  await predictor.close();
});

it('counts only the first tokens of a long text', async () => {
  const predictor = await load();
  const [text] = orderedExamples(1, 4).map(({ input }) => `${input} `.repeat(200));
  const [long, longer] = await predictor.predict([text!, `${text} effect cause`]);
  expect(long).toEqual(longer);
  await predictor.close();
});

it('leaves the event loop free, stops at an abort and refuses once closed', async () => {
  const predictor = await load();
  const texts = Array.from({ length: 20_000 }, (_, index) => `w${index % 40} cause w1 effect`);
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 100);
  await expect(predictor.predict(texts, { signal: controller.signal })).rejects.toThrow('enough');
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
  await predictor.close();
  await expect(predictor.predict(['x'])).rejects.toMatchObject({ code: 'model/worker-failed' });
});

it('names the file that does not fit the others', async () => {
  const folder = join(root, 'misfit');
  const refused = async (file: string, change: (text: string) => string): Promise<string> => {
    await cp(built.directory, folder, { recursive: true });
    await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
    const error = (await load(folder).catch((cause: unknown) => cause)) as Error;
    await rm(folder, { recursive: true });
    return error.message.replaceAll(folder, '…');
  };
  expect(
    await refused('config.json', (text) => text.replace('"layers": 1', '"layers": 2')),
  ).toMatchInlineSnapshot(
    `"…/model.safetensors: this file does not fit config.json; expected tensor "layers.1.attention_norm.weight" of F32 [128]; found no such tensor"`,
  );
  expect(
    await refused('config.json', (text) => text.replace('"heads": 4', '"heads": 5')),
  ).toMatchInlineSnapshot(
    `"…/config.json: this file does not say what the model is made of; expected the JSON that was written when the model was built; found ✖ width must be a multiple of heads"`,
  );
  expect(await refused('config.json', (text) => text.replace('forward', 'sideways'))).toMatchInlineSnapshot(
    `"…: config.json and homegrown.json name different labels; expected backward, forward; found backward, sideways"`,
  );
  expect(await refused('tokenizer.json', (text) => text.slice(0, 500))).toMatchInlineSnapshot(
    `"…/tokenizer.json: the tokenizer cannot be read; found tokenizer.json is not JSON; found Unterminated string in JSON at position 500 (line 32 column 22)"`,
  );
});
