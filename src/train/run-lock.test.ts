import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireRunLock, isLocked } from './run-lock.ts';

async function lockPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-lock-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, 'lock');
}

const module = new URL('run-lock.ts', import.meta.url).href;

test('a lock is held until it is released', async () => {
  const path = await lockPath();
  const lock = acquireRunLock(path);
  expect(isLocked(path)).toBe(true);
  expect(() => acquireRunLock(path)).toThrow('this run is being trained already');
  lock.release();
  expect(isLocked(path)).toBe(false);
  acquireRunLock(path).release();
});

test('another process holds it until it is killed', async () => {
  const path = await lockPath();
  const script = `const { acquireRunLock } = await import('${module}'); acquireRunLock(process.argv[1]); console.log(''); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(() => acquireRunLock(path)).toThrow('this run is being trained already');
  child.kill('SIGKILL');
  await once(child, 'exit');
  acquireRunLock(path).release();
});

test('a number that now belongs to another process does not hold it', async () => {
  const path = await lockPath();
  await writeFile(path, `${process.ppid} 1 ${hostname()}`);
  expect(isLocked(path)).toBe(false);
});

test('another machine holds it while it refreshes it', async () => {
  const path = await lockPath();
  await writeFile(path, '1 1 elsewhere');
  expect(isLocked(path)).toBe(true);
  const longAgo = new Date(Date.now() - 120_000);
  await utimes(path, longAgo, longAgo);
  expect(isLocked(path)).toBe(false);
});
