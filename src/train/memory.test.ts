import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { HomegrownError } from '../errors/homegrown-error.ts';
import { availableMemoryBytes, refuseIfTooLarge } from './memory.ts';

async function machine(files: Record<string, string>): Promise<Parameters<typeof availableMemoryBytes>[0]> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-memory-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return { procDirectory: join(directory, 'proc'), cgroupDirectory: join(directory, 'cgroup') };
}

const meminfo = { 'proc/meminfo': 'MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable:    4000 kB\n' };
const KIB = 1024;

test.each<[string, Record<string, string>, number]>([
  ['no control group: what the machine has left', meminfo, 4000 * KIB],
  [
    'a control group without a limit',
    {
      ...meminfo,
      'proc/self/cgroup': '0::/a\n',
      'cgroup/a/memory.max': 'max\n',
      'cgroup/a/memory.current': '5',
    },
    4000 * KIB,
  ],
  [
    'its limit less what it uses; file pages do not count',
    {
      ...meminfo,
      'proc/self/cgroup': '0::/a/b\n',
      'cgroup/a/memory.max': `${3000 * KIB}\n`,
      'cgroup/a/memory.current': `${2500 * KIB}\n`,
      'cgroup/a/memory.stat': `anon 1\ninactive_file ${1000 * KIB}\n`,
      'cgroup/a/b/memory.max': 'max\n',
    },
    1500 * KIB,
  ],
  [
    'version 1',
    {
      ...meminfo,
      'proc/self/cgroup': '5:cpu:/x\n4:memory:/x\n',
      'cgroup/memory/x/memory.limit_in_bytes': `${100 * KIB}\n`,
      'cgroup/memory/x/memory.usage_in_bytes': `${300 * KIB}\n`,
    },
    0,
  ],
])('%s', async (_name, files, bytes) => {
  expect(await availableMemoryBytes(await machine(files))).toBe(bytes);
});

test('this machine has some', async () => {
  expect(await availableMemoryBytes()).toBeGreaterThan(1e6);
});

test('what will not fit with 10 % spare is refused', () => {
  refuseIfTooLarge({ foreseenBytes: 1e9, availableBytes: 1.11e9 });
  let error: unknown;
  try {
    refuseIfTooLarge({ foreseenBytes: 1e9, availableBytes: 1.09e9 });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'train/too-large', kind: 'refused', exitCode: 3 });
  expect((error as HomegrownError).message).toMatchInlineSnapshot(
    `"this training would not fit into memory, so it was not started; expected at least 1.1 GB free (1.0 GB foreseen from the shapes, and 10 % spare); found 1.1 GB free"`,
  );
});
