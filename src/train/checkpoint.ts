import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tensor, TrainerState } from '../engine/training/trainer.ts';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import {
  parseSafetensors,
  type Tensor as StoredTensor,
  tensorOf,
  writeSafetensors,
} from '../model/safetensors.ts';
import { type RunCheckpoint, runCheckpointSchema } from '../schema/run-checkpoint.ts';
import { syncDirectory, temporaryNameFor, writeFailure, writeFileAtomic } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';

export const STATE_FILE = 'state.safetensors';
export const FACTS_FILE = 'checkpoint.json';

/** All of `checkpoint.json` but the list of files, which saving fills in. */
export type CheckpointFacts = Omit<RunCheckpoint, 'format' | 'files'>;

/** A checkpoint whose every byte has been checked. */
export interface Checkpoint {
  readonly directory: string;
  readonly facts: RunCheckpoint;
  readonly state: TrainerState;
}

/** Writes a checkpoint's folder whole or not at all. Throws `file/write-failed`; what was there before stays. */
export async function saveCheckpoint(
  directory: string,
  { facts, state }: { facts: CheckpointFacts; state: TrainerState },
): Promise<void> {
  const temporary = temporaryNameFor(directory);
  try {
    await mkdir(temporary, { recursive: true });
    const path = join(temporary, STATE_FILE);
    await writeSafetensors(
      path,
      Object.fromEntries([...state].map(([name, tensor]) => [name, stored(tensor)])),
    );
    const bytes = await syncedBytes(path);
    const files = { [STATE_FILE]: { sha256: sha256(bytes), bytes: bytes.length } };
    await writeFileAtomic(
      join(temporary, FACTS_FILE),
      factsText(runCheckpointSchema.parse({ format: 1, ...facts, files })),
    );
    await discardCheckpoint(directory);
    await rename(temporary, directory);
    await syncDirectory(dirname(directory));
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(directory, cause);
  }
}

/** Removes a checkpoint so that no part of it is ever taken for one. */
export async function discardCheckpoint(directory: string): Promise<void> {
  const doomed = temporaryNameFor(directory);
  try {
    await rename(directory, doomed);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(doomed, { recursive: true, force: true });
}

/** Reads a checkpoint and checks every byte of it. Throws `train/damaged-checkpoint` naming the file. */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  const facts = await readCheckpointFacts(directory);
  const path = join(directory, STATE_FILE);
  const bytes = await readBytes(path);
  const expected = facts.files[STATE_FILE];
  if (expected === undefined) throw damaged(path, `its hash in ${FACTS_FILE}`, 'none');
  if (bytes.length !== expected.bytes)
    throw damaged(path, `${expected.bytes} bytes`, `${bytes.length} bytes`);
  const hash = sha256(bytes);
  if (hash !== expected.sha256) throw damaged(path, `SHA-256 ${brief(expected.sha256)}`, brief(hash));
  const { tensors } = parseSafetensors(bytes, path);
  return { directory, facts, state: new Map([...tensors].map(([name, tensor]) => [name, restored(tensor)])) };
}

/** Facts with a checksum over themselves, in the one way of writing them that is accepted. */
function factsText(facts: RunCheckpoint): string {
  return `${JSON.stringify({ checksum: sha256(canonicalJson(facts)), ...facts }, null, 2)}\n`;
}

/** Reads and checks `checkpoint.json` alone. Throws `train/damaged-checkpoint`. */
export async function readCheckpointFacts(directory: string): Promise<RunCheckpoint> {
  const path = join(directory, FACTS_FILE);
  const bytes = await readBytes(path);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw damaged(path, 'JSON', messageOf(cause));
  }
  if (typeof json !== 'object' || json === null) throw damaged(path, 'a JSON object', JSON.stringify(json));
  const { checksum, ...rest } = json as Record<string, unknown>;
  const found = sha256(canonicalJson(rest));
  const isAsWritten = Buffer.from(`${JSON.stringify(json, null, 2)}\n`).equals(bytes);
  if (checksum !== found || !isAsWritten)
    throw damaged(path, `content with the checksum ${brief(String(checksum))}`, brief(found));
  const parsed = runCheckpointSchema.safeParse(rest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(path, 'the facts of a checkpoint', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw damaged(path, 'a readable file', systemCodeOf(cause) === 'ENOENT' ? 'none' : messageOf(cause));
  }
}

async function syncedBytes(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function stored({ shape, data }: Tensor): StoredTensor {
  return tensorOf(data instanceof Float32Array ? 'F32' : 'I32', shape, data);
}

function restored({ type, shape, data }: StoredTensor): Tensor {
  const { buffer } = new Uint8Array(data);
  return { shape, data: type === 'F32' ? new Float32Array(buffer) : new Int32Array(buffer) };
}

function brief(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}

function damaged(where: string, expected: string, found: string): HomegrownError {
  return new HomegrownError({
    code: 'train/damaged-checkpoint',
    message: 'this checkpoint is damaged',
    where,
    expected,
    found,
    hint: 'Delete the folder of this checkpoint; the run goes on from one before it.',
  });
}
