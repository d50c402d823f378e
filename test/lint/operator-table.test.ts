import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the compiler says of `src/engine/graph/operator-table.ts` with another text. */
function compile(change: (table: string) => string): string {
  const copy = mkdtempSync(join(tmpdir(), 'homegrown-types-'));
  try {
    const engine = join(root, 'src/engine/graph');
    const table = change(readFileSync(join(engine, 'operator-table.ts'), 'utf8'));
    writeFileSync(join(copy, 'operator-table.ts'), table.replaceAll(`from './`, `from '${engine}/`));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const options = { extends: join(root, 'tsconfig.json'), include: ['operator-table.ts'] };
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(options));
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [compiler, '-p', copy], { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

test('the table of operators compiles', () => {
  expect(compile((table) => table)).toBe('');
});

test('without one of its entries it does not', () => {
  const said = compile((table) =>
    table.replace('  tanh: tanhOperator,\n', '').replace('  tanhOperator,\n', ''),
  );
  expect(said).toMatch(/operator-table\.ts\(\d+,\d+\): error TS2741: Property 'tanh' is missing/);
});

test('with an entry that has no derivative, not even null, it does not', () => {
  const said = compile((table) =>
    table.replace('  tanh: tanhOperator,\n', '  tanh: { ...tanhOperator, gradient: undefined },\n'),
  );
  expect(said).toMatch(/error TS2322: Type .*undefined/);
});

test('with the entry of an operator that is told other things it does not', () => {
  const said = compile((table) => table.replace('  pad: padOperator,\n', '  pad: sliceOperator,\n'));
  expect(said).toMatch(/error TS\d+: /);
});
