import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const self = 'test/lint/repository.test.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Files that are or could be committed. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '' && path !== self && existsSync(join(root, path)));
const texts = files.filter((path) => !/\.(png|jpg|wasm|onnx|safetensors|parquet|gz)$/.test(path));
const typescript = texts.filter((path) => path.endsWith('.ts'));
const code = texts.filter((path) => /\.(ts|py|css|sh)$/.test(path) || path === '.ci/run');

/** Each line of the files that matches, as `file:line: text`. */
function linesMatching(paths: string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
      ),
  );
}

describe('no file holds', () => {
  test('a path of one machine', () => {
    expect(linesMatching(texts, /(^|[\s'"`(=])\/(work|root|Users|home\/[a-z]+)\/\w|\/tmp\/BRIEF/)).toEqual(
      [],
    );
  });

  test('the address or a key of a package registry', () => {
    const registry =
      /registry\.[a-z0-9.-]+\.(org|com|net|io|dev|local|internal)\b|index-url|_authToken|artifactory/i;
    expect(linesMatching(texts, registry)).toEqual([]);
  });

  test('work put off', () => {
    expect(linesMatching(code, /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  test('a silenced type error or import rule, nor source an `any`', () => {
    const silenced = /@ts-(ignore|nocheck)|lint-disable.*(no-restricted-imports|no-cycle)/;
    expect(linesMatching(typescript, silenced)).toEqual([]);
    const source = typescript.filter((path) => path.startsWith('src/') && !path.endsWith('.test.ts'));
    expect(linesMatching(source, /lint-disable.*no-explicit-any/)).toEqual([]);
  });
});

describe('files', () => {
  /** Longer than 400 lines for the reason given. */
  const LONG: Record<string, string> = {
    'src/model/bag/kernel-bytes.ts': 'generated',
  };

  test('have at most 400 lines', () => {
    const tooLong = code.filter((path) => LONG[path] === undefined && read(path).split('\n').length > 401);
    expect(tooLong).toEqual([]);
  });

  test('are named in kebab-case for what they hold', () => {
    const names = typescript.filter(
      (path) =>
        !/^[a-z0-9]+([.-][a-z0-9]+)*\.ts$/.test(basename(path)) ||
        /^(utils?|helpers?|misc|common)\.ts$/.test(basename(path)),
    );
    expect(names).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

  test('locks versions without saying where they were fetched', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, object> };
    const entries = Object.entries(lock.packages);
    expect(entries.length).toBeGreaterThan(50);
    expect(entries.filter(([, entry]) => 'resolved' in entry).map(([path]) => path)).toEqual([]);
  });

  test('needs at run time only what src/ imports', () => {
    const source = typescript.filter((path) => path.startsWith('src/') && !path.endsWith('.test.ts'));
    const imported = source.map((path) => read(path)).join('\n');
    const unused = Object.keys(manifest['dependencies']!).filter(
      (name) => !imported.includes(`'${name}'`) && !imported.includes(`'${name}/`),
    );
    expect(unused).toEqual([]);
  });

  test('has the whole Apache License 2.0', () => {
    const hash = createHash('sha256').update(read('LICENSE')).digest('hex');
    expect(hash).toBe('cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30');
    expect(manifest['license']).toBe('Apache-2.0');
  });
});
