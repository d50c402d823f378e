import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEEPEST_FOLDER } from '../../scripts/lint/room-overrides.ts';
import { ROOMS } from '../../scripts/lint/rooms.ts';
import { type Complaint, lintFiles } from './lint-fixture.ts';

interface Imports {
  /** Importing file, relative to `src/`. */
  from: string;
  allowed?: string[];
  forbidden: string[];
}

/** What each room may and may not import, written down apart from the table that the configuration is made of. */
const CASES: Imports[] = [
  {
    from: 'errors/probe.ts',
    forbidden: ['../util/random.ts', '../schema/split.ts', '../task/task.ts', 'hono'],
  },
  {
    from: 'util/probe.ts',
    allowed: ['../errors/homegrown-error.ts'],
    forbidden: ['../schema/split.ts', '../cli/main.ts'],
  },
  {
    from: 'schema/probe.ts',
    allowed: ['../util/random.ts', 'zod'],
    forbidden: ['../task/task.ts', 'ai', '@ai-sdk/provider'],
  },
  {
    from: 'task/probe.ts',
    allowed: ['../schema/config.ts'],
    forbidden: ['../data/example-set.ts', '../store/store.ts'],
  },
  {
    from: 'store/store.ts',
    allowed: ['../errors/homegrown-error.ts'],
    forbidden: ['../task/task.ts', './sqlite/sqlite-store.ts', 'node:sqlite', '../registry/registry.ts'],
  },
  {
    from: 'store/sqlite/probe.ts',
    allowed: ['../store.ts', 'node:sqlite', '../../util/random.ts'],
    forbidden: ['../../task/task.ts', 'pg'],
  },
  { from: 'store/postgres/probe.ts', allowed: ['pg', '../store.ts'], forbidden: ['node:sqlite'] },
  {
    from: 'upstream/upstream.ts',
    allowed: ['ai', '@ai-sdk/openai-compatible'],
    forbidden: ['../task/task.ts', './cache/call-cache.ts', 'hono', 'node-llama-cpp'],
  },
  {
    from: 'upstream/llama-cpp/probe.ts',
    allowed: ['node-llama-cpp', '../upstream.ts'],
    forbidden: ['../../predictor/predictor.ts', 'onnxruntime-node'],
  },
  {
    from: 'data/probe.ts',
    allowed: ['../task/task.ts', '../store/store.ts', 'csv-parse', 'hyparquet', 'hyparquet-writer'],
    forbidden: ['../store/sqlite/sqlite-store.ts', '../rung/rung.ts', '../model/bag/kernel.ts', 'ai'],
  },
  {
    from: 'engine/graph/probe.ts',
    allowed: ['../autodiff/grad.ts', '../../util/random.ts'],
    forbidden: [
      '../../task/task.ts',
      '../../model/bag/kernel.ts',
      '../../data/example-set.ts',
      'onnxruntime-node',
    ],
  },
  {
    from: 'engine/runtime/ort/probe.ts',
    allowed: ['onnxruntime-node', '../../graph/graph.ts'],
    forbidden: ['../../../model/bag/kernel.ts', '../../../../package.json'],
  },
  {
    from: 'model/bag/probe.ts',
    allowed: ['../../engine/graph/graph.ts'],
    forbidden: [
      '../../task/task.ts',
      '../../data/example-set.ts',
      '../../predictor/predictor.ts',
      'assemblyscript',
      'assemblyscript/asc',
    ],
  },
  {
    from: 'train/probe.ts',
    allowed: ['../engine/graph/graph.ts', '../model/bag/kernel.ts'],
    forbidden: ['../data/example-set.ts', '../task/task.ts'],
  },
  {
    from: 'predictor/predictor.ts',
    allowed: ['../upstream/upstream.ts', '../model/bag/kernel.ts', '../task/task.ts'],
    forbidden: [
      '../upstream/llama-cpp/llama.ts',
      './bag/bag-predictor.ts',
      '../data/example-set.ts',
      '../rung/rung.ts',
    ],
  },
  {
    from: 'predictor/bag/probe.ts',
    allowed: ['../predictor.ts', '../../model/bag/kernel.ts', '../blend/blend-predictor.ts'],
    forbidden: ['../../train/run.ts', '../../rung/bag/bag-rung.ts', '../../evaluate/score.ts'],
  },
  {
    from: 'rung/rung.ts',
    allowed: ['../data/example-set.ts', '../predictor/predictor.ts', '../upstream/upstream.ts'],
    forbidden: ['./bag/bag-rung.ts', '../climb/climb.ts', '../evaluate/score.ts'],
  },
  {
    from: 'rung/bag/probe.ts',
    allowed: [
      '../rung.ts',
      '../../predictor/bag/bag-predictor.ts',
      '../../model/bag/kernel.ts',
      '../../train/run.ts',
    ],
    forbidden: [
      '../../evaluate/score.ts',
      '../../climb/climb.ts',
      '../../registry/registry.ts',
      '../../upstream/llama-cpp/llama.ts',
    ],
  },
  {
    from: 'evaluate/probe.ts',
    allowed: ['../data/example-set.ts', '../predictor/predictor.ts'],
    forbidden: [
      '../predictor/bag/bag-predictor.ts',
      '../rung/rung.ts',
      '../registry/registry.ts',
      '../upstream/upstream.ts',
    ],
  },
  {
    from: 'evaluate/report/probe.ts',
    allowed: ['../score.ts', '../../schema/report.ts'],
    forbidden: ['../../predictor/bag/bag-predictor.ts', '../../climb/climb.ts'],
  },
  {
    from: 'registry/probe.ts',
    allowed: ['../store/store.ts', '../evaluate/score.ts'],
    forbidden: ['../store/sqlite/sqlite-store.ts', '../climb/climb.ts', '../predictor/predictor.ts'],
  },
  {
    from: 'climb/probe.ts',
    allowed: [
      '../rung/rung.ts',
      '../evaluate/score.ts',
      '../registry/registry.ts',
      '../data/example-set.ts',
      '../task/task.ts',
    ],
    forbidden: [
      '../rung/bag/bag-rung.ts',
      '../predictor/bag/bag-predictor.ts',
      '../model/bag/kernel.ts',
      '../store/store.ts',
      '../project/project.ts',
    ],
  },
  {
    from: 'gateway/probe.ts',
    allowed: [
      'hono',
      'hono/streaming',
      '@hono/node-server',
      '../predictor/predictor.ts',
      '../store/store.ts',
      '../registry/registry.ts',
    ],
    forbidden: ['../climb/climb.ts', '../predictor/bag/bag-predictor.ts', '../data/example-set.ts', 'openai'],
  },
  {
    from: 'fit/probe.ts',
    allowed: ['../evaluate/score.ts', '../registry/registry.ts'],
    forbidden: ['../climb/climb.ts', '../gateway/server.ts'],
  },
  {
    from: 'scale/probe.ts',
    allowed: ['../train/run.ts', '../data/example-set.ts'],
    forbidden: ['../engine/graph/graph.ts', '../rung/rung.ts'],
  },
  {
    from: 'voice/probe.ts',
    allowed: ['../train/run.ts'],
    forbidden: ['../data/example-set.ts', '../rung/rung.ts'],
  },
  {
    from: 'project/probe.ts',
    allowed: [
      '../climb/climb.ts',
      '../rung/bag/bag-rung.ts',
      '../store/sqlite/sqlite-store.ts',
      '../gateway/server.ts',
    ],
    forbidden: ['../cli/main.ts', '../index.ts', 'hono', 'commander'],
  },
  {
    from: 'cli/commands/probe.ts',
    allowed: ['../../project/project.ts', 'commander', '../terminal.ts'],
    forbidden: ['../../data/example-set.ts', '../../climb/climb.ts', '../../index.ts'],
  },
  {
    from: 'ai-sdk/probe.ts',
    allowed: ['../project/project.ts', '../gateway/served-model.ts', '@ai-sdk/provider'],
    forbidden: ['../predictor/predictor.ts', '../cli/main.ts', 'hono'],
  },
  {
    from: 'index.ts',
    allowed: ['./project/project.ts', './errors/homegrown-error.ts'],
    forbidden: ['./data/example-set.ts', './cli/main.ts'],
  },
];

const restrictions = (complaints: Complaint[]): Complaint[] =>
  complaints.filter(({ rule }) => rule === 'eslint(no-restricted-imports)');

/** A file of its own for each import, beside the file that would have it. */
function probesOf({ from, allowed = [], forbidden }: Imports): { file: string; specifier: string }[] {
  return [...allowed, ...forbidden].map((specifier, index) => ({
    specifier,
    file: `src/${from.replace(/[^/]+\.ts$/, (name) => `${name.slice(0, -3)}-${index}.ts`)}`,
  }));
}

describe('the linter', () => {
  let complaints: Complaint[];
  beforeAll(() => {
    const probes = CASES.flatMap(probesOf);
    const files = probes.map(({ file, specifier }) => [file, `export * from '${specifier}';\n`] as const);
    complaints = restrictions(lintFiles(Object.fromEntries(files)));
  });

  test.each(CASES)('rejects what src/$from must not import, and only that', (imports) => {
    const rejected = probesOf(imports).filter(({ file }) =>
      complaints.some((complaint) => complaint.file === file),
    );
    expect(rejected.map(({ specifier }) => specifier)).toEqual(imports.forbidden);
  });

  test('says what the room may import', () => {
    const complaint = complaints.find(({ file }) => file.startsWith('src/climb/'));
    expect(complaint?.help).toMatchInlineSnapshot(
      `"src/climb may import errors, schema, util, task, data, upstream (interface), predictor (interface), rung (interface), evaluate, registry."`,
    );
  });
});

describe('every way to import', () => {
  const target = '../climb/climb.ts';
  test.each([
    ['a value', `import { climb } from '${target}';\nexport const x = climb;\n`],
    ['a type', `import type { climb } from '${target}';\nexport type X = climb;\n`],
    ['a re-export', `export { climb } from '${target}';\n`],
    ['a side effect', `import '${target}';\n`],
    ['a dynamic import', `export const x = (): Promise<unknown> => import('${target}');\n`],
    ['a detour', `export * from './../climb/climb.ts';\n`],
    ['a longer detour', `export * from '../data/../climb/climb.ts';\n`],
  ])('is rejected: %s', (_way, text) => {
    expect(restrictions(lintFiles({ 'src/rung/probe.ts': text }))).not.toEqual([]);
  });

  test('is rejected: a type written as import()', () => {
    const complaints = lintFiles({ 'src/rung/probe.ts': `export type X = import('${target}').Climb;\n` });
    expect(complaints.map(({ rule }) => rule)).toContain('typescript(consistent-type-imports)');
  });

  test('is rejected: an import cycle', () => {
    const complaints = lintFiles({
      'src/task/one.ts': `import { two } from './two.ts';\nexport const one = (): number => two();\n`,
      'src/task/two.ts': `import { one } from './one.ts';\nexport const two = (): number => one();\n`,
    });
    expect(complaints.map(({ rule }) => rule)).toEqual(['import(no-cycle)', 'import(no-cycle)']);
  });

  test('is allowed in tests, which may set up what the room meets in production', () => {
    const text = `import { climb } from '${target}';\nclimb();\n`;
    expect(restrictions(lintFiles({ 'src/rung/probe.test.ts': text }))).toEqual([]);
  });

  test('schema may import types of the AI SDK', () => {
    const text = `import type { LanguageModelV4 } from '@ai-sdk/provider';\nexport type X = LanguageModelV4;\n`;
    expect(restrictions(lintFiles({ 'src/schema/probe.ts': text }))).toEqual([]);
  });
});

describe('the table of rooms', () => {
  const source = fileURLToPath(new URL('../../src', import.meta.url));
  const entries = readdirSync(source, { withFileTypes: true, recursive: true });

  test('has every folder under src/', () => {
    const known = new Set(ROOMS.map(({ name }) => name));
    const folders = entries.filter((entry) => entry.isDirectory() && entry.parentPath === source);
    expect(folders.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  test('reaches the deepest file', () => {
    const depths = entries.map((entry) => entry.parentPath.slice(source.length + 1).split('/').length - 1);
    expect(Math.max(...depths)).toBeLessThanOrEqual(DEEPEST_FOLDER);
  });
});
