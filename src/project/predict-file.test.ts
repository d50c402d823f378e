import { appendFile, link, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Prediction, Predictor } from '../predictor/predictor.ts';
import { predictFile } from './predict-file.ts';
import { inputLines, type PredictedLine, predictLines } from './predict-lines.ts';

/** Answers by the parity of the number in the input: a small, real implementation of the interface. */
const parity: Predictor = {
  labels: ['even', 'odd'],
  manifest: {
    format: 1,
    kind: 'bag',
    name: 'parity',
    rung: 'bag',
    task: 'parity',
    labels: ['even', 'odd'],
    files: {},
    settings: {},
    upstreams: [],
    lineage: { dataset: '', run: '', seed: 0, homegrown: '0', trainedOn: 0 },
    notes: [],
  },
  async predict(inputs) {
    return inputs.map((input): Prediction => {
      const odd = Number(/\d+/.exec(input)?.[0] ?? 0) % 2;
      return { label: odd === 1 ? 'odd' : 'even', probabilities: Float32Array.of(1 - odd, odd) };
    });
  },
  close: () => Promise.resolve(),
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'predict-file-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function paths(count: number): Promise<{ input: string; output: string; inputKey: string }> {
  const input = join(directory, 'in.jsonl');
  await writeFile(
    input,
    Array.from({ length: count }, (_, i) => JSON.stringify({ text: `text\u2028 ${i}` })).join('\n'),
  );
  return { input, output: join(directory, 'out.jsonl'), inputKey: 'text' };
}

async function labelsIn(path: string): Promise<(string | undefined)[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { label?: string }).label);
}

test('one answer a line, in the same order', async () => {
  const files = await paths(1300);
  expect(await predictFile(parity, files)).toMatchObject({ lines: 1300, failed: 0, resumedAt: 0 });
  expect(await labelsIn(files.output)).toEqual(
    Array.from({ length: 1300 }, (_, i) => (i % 2 === 0 ? 'even' : 'odd')),
  );
});

test('an interruption keeps whole lines, and the same command loses and doubles none', async () => {
  const files = await paths(5000);
  const controller = new AbortController();
  const interrupted = predictFile(parity, {
    ...files,
    signal: controller.signal,
    progress: () => controller.abort(),
  });
  await expect(interrupted).rejects.toMatchObject({ code: 'predict/interrupted', exitCode: 130 });
  await appendFile(`${files.output}.partial`, '{"label":"ev');
  const { resumedAt, lines } = await predictFile(parity, files);
  expect(resumedAt).toBeGreaterThan(0);
  expect(resumedAt).toBeLessThan(5000);
  expect(lines).toBe(5000);
  expect(await labelsIn(files.output)).toEqual(
    Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 'even' : 'odd')),
  );
});

test('a partial output of another input is not continued', async () => {
  const files = await paths(2000);
  const controller = new AbortController();
  await predictFile(parity, {
    ...files,
    signal: controller.signal,
    progress: () => controller.abort(),
  }).catch(() => undefined);
  await writeFile(files.input, '{"text":"1"}\n');
  await expect(predictFile(parity, files)).rejects.toMatchObject({ code: 'predict/other-partial' });
  expect(await predictFile(parity, { ...files, fresh: true })).toMatchObject({ lines: 1, resumedAt: 0 });
});

test('a signal that the predictor itself heeds is an interruption too', async () => {
  const files = await paths(2000);
  const controller = new AbortController();
  const heeding: Predictor = {
    ...parity,
    async predict(inputs, options) {
      controller.abort();
      options?.signal?.throwIfAborted();
      return parity.predict(inputs);
    },
  };
  await expect(predictFile(heeding, { ...files, signal: controller.signal })).rejects.toMatchObject({
    code: 'predict/interrupted',
    message: 'interrupted after 0 lines; they are kept',
  });
});

test('a file in the way of the partial output stays until --fresh', async () => {
  const files = await paths(2);
  await writeFile(`${files.output}.partial`, 'precious');
  await expect(predictFile(parity, files)).rejects.toMatchObject({
    code: 'predict/unknown-partial',
    exitCode: 2,
    hint: expect.stringContaining('--fresh') as string,
  });
  expect(await readFile(`${files.output}.partial`, 'utf8')).toBe('precious');
  expect(await predictFile(parity, { ...files, fresh: true })).toMatchObject({ lines: 2 });
});

test('an output that is the input by any name is refused', async () => {
  const files = await paths(2);
  await symlink('in.jsonl', join(directory, 'symbolic.jsonl'));
  await link(files.input, join(directory, 'hard.jsonl'));
  await link(files.input, join(directory, 'other.partial'));
  for (const name of [
    'in.jsonl',
    '../' + directory.split('/').at(-1) + '/in.jsonl',
    'symbolic.jsonl',
    'hard.jsonl',
    'other',
  ]) {
    const output = `${directory}/${name}`;
    await expect(predictFile(parity, { ...files, output, fresh: true })).rejects.toMatchObject({
      code: 'predict/same-file',
      exitCode: 2,
    });
  }
  expect((await readFile(files.input, 'utf8')).split('\n')).toHaveLength(2);
  await expect(predictFile(parity, { ...files, output: directory })).rejects.toMatchObject({
    code: 'predict/bad-output',
  });
});

test('a second run into the same output is refused at once, and no lock stays', async () => {
  const files = await paths(600);
  const started = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const waiting: Predictor = {
    ...parity,
    async predict(inputs) {
      started.resolve();
      await released.promise;
      return parity.predict(inputs);
    },
  };
  const first = predictFile(waiting, files);
  await started.promise;
  await expect(predictFile(parity, { ...files, fresh: true })).rejects.toMatchObject({
    code: 'project/busy',
  });
  released.resolve();
  expect(await first).toMatchObject({ lines: 600, failed: 0 });
  expect((await readdir(directory)).toSorted()).toEqual(['in.jsonl', 'out.jsonl']);
});

test('a directory as input is a clear error', async () => {
  const files = { input: directory, output: join(directory, 'out.jsonl'), inputKey: 'text' };
  await expect(predictFile(parity, files)).rejects.toMatchObject({ code: 'predict/no-input', exitCode: 2 });
});

test('a missing input is a clear error', async () => {
  const files = {
    input: join(directory, 'none.jsonl'),
    output: join(directory, 'out.jsonl'),
    inputKey: 'text',
  };
  await expect(predictFile(parity, files)).rejects.toMatchObject({ code: 'predict/no-input', exitCode: 2 });
});

test('lines that cannot be read keep their place', async () => {
  const bytes = Buffer.concat([
    Buffer.from('"1"\n{"text":2}\n'),
    Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    Buffer.from('{"text":"3"}\r\n\n"\\ud800 \\u0000 5"'),
  ]);
  const answers: PredictedLine[] = [];
  for await (const batch of predictLines(parity, inputLines(blocksOf(bytes)), {
    inputKey: 'text',
    probabilities: true,
  }))
    answers.push(...batch);
  expect(answers).toMatchInlineSnapshot(`
    [
      {
        "confidence": 1,
        "label": "odd",
        "probabilities": {
          "even": 0,
          "odd": 1,
        },
      },
      {
        "error": "expected a JSON string, or an object whose "text" is one",
      },
      {
        "error": "not UTF-8",
      },
      {
        "confidence": 1,
        "label": "odd",
        "probabilities": {
          "even": 0,
          "odd": 1,
        },
      },
      {
        "error": "not JSON: Unexpected end of JSON input",
      },
      {
        "confidence": 1,
        "label": "odd",
        "probabilities": {
          "even": 0,
          "odd": 1,
        },
      },
    ]
  `);
});

async function* blocksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
