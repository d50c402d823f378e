import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const sources = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the command line as a process of its own, in `cwd`; resolves with its exit code and all it printed. */
function homegrown(cwd: string, ...parameters: string[]): Promise<{ code: number | null; printed: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...parameters], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (printed += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, printed }));
  });
}

/** A project with moods.csv in which the package can be imported. */
async function projectWith(packageJson: string | null): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'init-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const installed = join(directory, 'node_modules/homegrown');
  await mkdir(installed, { recursive: true });
  await symlink(sources, join(installed, 'src'));
  const exported = { name: 'homegrown', type: 'module', exports: './src/index.ts' };
  await writeFile(join(installed, 'package.json'), JSON.stringify(exported));
  if (packageJson !== null) await writeFile(join(directory, 'package.json'), packageJson);
  const rows = Array.from(
    { length: 80 },
    (_, i) => `this is text number ${i},${i % 2 === 0 ? 'good' : 'bad'}`,
  );
  await writeFile(join(directory, 'moods.csv'), `text,mood\n${rows.join('\n')}\n`);
  return directory;
}

async function configsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('homegrown.config.'));
}

test.each([
  ['{ "type": "module" }', 'homegrown.config.ts'],
  ['{ "type": "commonjs" }', 'homegrown.config.mts'],
  ['{ "name": "product" }', 'homegrown.config.mts'],
  ['not JSON', 'homegrown.config.mts'],
  [null, 'homegrown.config.mts'],
])('with package.json %s it writes %s', async (packageJson, name) => {
  const directory = await projectWith(packageJson);
  const { code, printed } = await homegrown(directory, 'init', 'moods.csv');
  expect({ code, printed }).toEqual({ code: 0, printed: expect.stringContaining(`Wrote ${name}.`) });
  expect(await configsIn(directory)).toEqual([name]);
});

test.each(['{ "type": "module" }', '{ "type": "commonjs" }', '{}'])(
  'what it writes beside a package.json %s loads without a warning',
  async (packageJson) => {
    const directory = await projectWith(packageJson);
    await homegrown(directory, 'init', 'moods.csv');
    const { code, printed } = await homegrown(directory, 'data', 'build');
    expect(code, printed).toBe(0);
    expect(printed).not.toMatch(/warning/iu);
  },
);

test.each(['homegrown.config.ts', 'homegrown.config.mts', 'homegrown.config.js', 'homegrown.config.mjs'])(
  'an existing %s is kept, and with --force replaced by the one config',
  async (existing) => {
    const directory = await projectWith('{ "type": "commonjs" }');
    await writeFile(join(directory, existing), 'export default {};');
    const refused = await homegrown(directory, 'init', 'moods.csv');
    expect(refused).toEqual({ code: 2, printed: expect.stringContaining(existing) });
    expect(await readFile(join(directory, existing), 'utf8')).toBe('export default {};');
    const forced = await homegrown(directory, 'init', 'moods.csv', '--force');
    expect(forced.code, forced.printed).toBe(0);
    expect(await configsIn(directory)).toEqual(['homegrown.config.mts']);
    expect(await readFile(join(directory, 'homegrown.config.mts'), 'utf8')).toContain('moods.csv');
  },
);

test.each([
  [['moods.csv', '--task', 'Bad Name'], /--task bad-name/u],
  [['nope.csv'], /nope\.csv: this file does not exist/u],
  [['moods.csv', '--input', 'mood', '--output', 'mood'], /cannot be the same column/u],
  [['moods.csv', '--input', 'mood'], /--output <column>/u],
])('init %j is refused before anything is written', async (parameters, message) => {
  const directory = await projectWith(null);
  const { code, printed } = await homegrown(directory, 'init', ...parameters);
  expect({ code, printed }).toEqual({ code: 2, printed: expect.stringMatching(message) });
  expect(await configsIn(directory)).toEqual([]);
});

test('a config that Node takes for CommonJS is to be renamed', async () => {
  const directory = await projectWith('{ "type": "commonjs" }');
  await writeFile(join(directory, 'homegrown.config.ts'), "import { defineConfig } from 'homegrown';\n");
  const { code, printed } = await homegrown(directory, 'climb');
  expect({ code, printed }).toEqual({
    code: 2,
    printed: expect.stringContaining('rename it to homegrown.config.mts'),
  });
});

test('of two tasks one must be named', async () => {
  const directory = await projectWith(null);
  const task = "{ kind: 'classify', data: 'moods.csv' }";
  await writeFile(
    join(directory, 'homegrown.config.mjs'),
    `export default { tasks: { mood: ${task}, tone: ${task} } };`,
  );
  const { code, printed } = await homegrown(directory, 'climb');
  expect({ code, printed }).toEqual({
    code: 2,
    printed: expect.stringContaining('for example: homegrown climb mood'),
  });
});
