import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/util/content-hash.ts';
import type { Random } from '../../src/util/random.ts';

/** What was done to a model folder. */
export interface FolderDamage {
  file: string;
  what: string;
  /** The manifest was made to agree with the damaged file, so that the damage reaches the loaders. */
  rehashed: boolean;
}

/** Damages one file of a model folder in place; the same random state does the same to the same folder. */
export async function damageModelFolder(directory: string, random: Random): Promise<FolderDamage> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const path = files[random.integer(files.length)]!;
  const file = path.slice(directory.length + 1);
  const kind = random.integer(8);
  if (kind === 0) return done(rm(path), { file, what: 'removed', rehashed: false });
  if (kind === 1) return done(rename(path, `${path}.bak`), { file, what: 'renamed', rehashed: false });
  if (kind === 2)
    return done(writeFile(join(directory, 'notes.txt'), 'mine'), {
      file: 'notes.txt',
      what: 'added',
      rehashed: false,
    });
  const bytes = await readFile(path);
  const damaged =
    path.endsWith('.json') && kind > 4 ? damagedJson(bytes, random) : damagedBytes(bytes, random);
  await writeFile(path, damaged);
  const rehashed = random.next() < 0.8 && (await rehash(directory, { file, bytes: damaged }));
  return { file, what: `${bytes.length} bytes became ${damaged.length}`, rehashed };
}

async function done(work: Promise<void>, damage: FolderDamage): Promise<FolderDamage> {
  await work;
  return damage;
}

function damagedBytes(bytes: Buffer, random: Random): Buffer {
  const kind = random.integer(4);
  if (kind === 0) return bytes.subarray(0, random.integer(bytes.length + 1));
  if (kind === 1) return Buffer.concat([bytes, Buffer.alloc(1 + random.integer(100), random.integer(256))]);
  const copy = Buffer.from(bytes);
  // Headers are where a format can go wrong: half of the flips go there.
  const reach = kind === 2 ? Math.min(64, bytes.length) : bytes.length;
  for (let flips = 1 + random.integer(4); flips > 0 && reach > 0; flips--)
    copy[random.integer(reach)]! ^= 1 << random.integer(8);
  return copy;
}

const ODD: readonly unknown[] = [
  null,
  '',
  'x',
  -1,
  0,
  1e9,
  1.5,
  2 ** 40,
  true,
  [],
  {},
  ['a', 'a'],
  '../../etc/passwd',
  '\ud800',
];

/** Replaces or removes one value somewhere in a JSON document. */
function damagedJson(bytes: Buffer, random: Random): Buffer {
  const root = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  let holder = root;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys[random.integer(Math.max(1, keys.length))];
    if (key === undefined) break;
    const inner = holder[key];
    if (typeof inner === 'object' && inner !== null && random.next() < 0.7) {
      holder = inner as Record<string, unknown>;
      continue;
    }
    if (random.next() < 0.2) delete holder[key];
    else holder[key] = ODD[random.integer(ODD.length)];
    break;
  }
  return Buffer.from(JSON.stringify(root));
}

/** Enters the damaged file's hash into the folder's manifest; false when the manifest itself was damaged. */
async function rehash(directory: string, { file, bytes }: { file: string; bytes: Buffer }): Promise<boolean> {
  if (file === 'homegrown.json') return false;
  const path = join(directory, 'homegrown.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { files: Record<string, unknown> };
  manifest.files[file.replaceAll('\\', '/')] = { sha256: sha256(bytes), bytes: bytes.length };
  await writeFile(path, JSON.stringify(manifest));
  return true;
}
