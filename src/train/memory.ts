import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { formatBytes } from '../util/format-number.ts';

/** What is foreseen is from shapes alone; this share on top is for what shapes do not tell. */
const SPARE_SHARE = 0.1;

/** Refuses a training that will not fit, before anything starts. Throws `train/too-large`. */
export function refuseIfTooLarge({
  foreseenBytes,
  availableBytes,
}: {
  foreseenBytes: number;
  availableBytes: number;
}): void {
  const needed = foreseenBytes * (1 + SPARE_SHARE);
  if (needed <= availableBytes) return;
  throw new HomegrownError({
    code: 'train/too-large',
    message: 'this training would not fit into memory, so it was not started',
    kind: 'refused',
    expected: `at least ${formatBytes(needed)} free (${formatBytes(foreseenBytes)} foreseen from the shapes, and 10 % spare)`,
    found: `${formatBytes(availableBytes)} free`,
    hint: 'Lower batch.microBatchTokens, contextLength or the width or number of layers, or free some memory.',
  });
}

/** Bytes this process may still take: what the machine has left, and on Linux what its control groups leave it. */
export async function availableMemoryBytes({
  procDirectory = '/proc',
  cgroupDirectory = '/sys/fs/cgroup',
}: { procDirectory?: string; cgroupDirectory?: string } = {}): Promise<number> {
  const machine = await memAvailable(join(procDirectory, 'meminfo'));
  const groups = await controlGroups(join(procDirectory, 'self', 'cgroup'), cgroupDirectory);
  const left = await Promise.all(groups.map(leftInGroup));
  return Math.min(machine ?? freemem(), ...left.filter((bytes) => bytes !== null));
}

async function memAvailable(path: string): Promise<number | null> {
  const match = /^MemAvailable:\s+(\d+) kB$/mu.exec((await textOf(path)) ?? '');
  return match === null ? null : Number(match[1]) * 1024;
}

/** The folders of this process's control group and those above it, of both versions (cgroups(7)). */
async function controlGroups(path: string, root: string): Promise<string[]> {
  const lines = ((await textOf(path)) ?? '').split('\n').map((line) => /^\d+:([^:]*):(.*)$/u.exec(line));
  return lines.flatMap((match) => {
    if (match?.[1] === '') return ancestors(root, match[2]!);
    return match?.[1]?.split(',').includes('memory') ? ancestors(join(root, 'memory'), match[2]!) : [];
  });
}

function ancestors(root: string, path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return Array.from({ length: names.length + 1 }, (_, count) => join(root, ...names.slice(0, count)));
}

/** Its limit less what it uses; file pages that can be given back at once (`inactive_file`) do not count as used. */
async function leftInGroup(directory: string): Promise<number | null> {
  const limit = await numberIn(directory, ['memory.max', 'memory.limit_in_bytes']);
  const used = await numberIn(directory, ['memory.current', 'memory.usage_in_bytes']);
  if (limit === null || used === null) return null;
  const inactive = /^(?:total_)?inactive_file (\d+)$/mu.exec(
    (await textOf(join(directory, 'memory.stat'))) ?? '',
  );
  return Math.max(0, limit - Math.max(0, used - Number(inactive?.[1] ?? 0)));
}

/** The number in the first of these files that is there; null where it says `max` or there is none. */
async function numberIn(directory: string, names: readonly string[]): Promise<number | null> {
  for (const name of names) {
    const text = (await textOf(join(directory, name)))?.trim();
    if (text !== undefined && /^\d+$/u.test(text)) return Number(text);
  }
  return null;
}

async function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
