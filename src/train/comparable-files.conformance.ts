import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RUN_MARKERS } from '../schema/run-event.ts';
import { sha256 } from '../util/content-hash.ts';
import { readEvents } from './event-log.ts';

/**
 * What must be the same for a run killed and resumed and one left alone: every file by its hash; of the events what was not measured, without
 * those that tell of stopping and going on. A lock of a killed process does not count.
 */
export async function comparableFiles(directory: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path);
    if (name === 'lock') continue;
    files[name] = name === 'events.jsonl' ? await comparableEvents(path) : sha256(await readFile(path));
  }
  return files;
}

async function comparableEvents(path: string): Promise<string> {
  const { events, unreadableLines } = await readEvents(path);
  if (unreadableLines > 0) throw new Error(`${path}: ${unreadableLines} lines are no events`);
  return events
    .filter(({ type }) => !RUN_MARKERS.includes(type))
    .map((event) => JSON.stringify({ ...event, measured: null }))
    .join('\n');
}
