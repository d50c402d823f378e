import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProject, type Project } from '../../src/project/project.ts';
import type { ConfigInput } from '../../src/schema/config.ts';
import { seededRandom } from '../../src/util/random.ts';

/** Labels of support tickets, each with words that only its tickets have. */
export const TICKETS: Readonly<Record<string, readonly string[]>> = {
  billing: ['invoice', 'refund', 'charged', 'receipt', 'card'],
  bug: ['crash', 'error', 'broken', 'freezes', 'exception'],
  question: ['how', 'where', 'possible', 'documentation', 'explain'],
};
const OTHER_WORDS = 'the app my account since today please again when it is with a page after update'.split(
  ' ',
);

/** Tickets that a small model learns in a second; equal seeds give equal tickets. */
export function ticketRows(count: number, seed = 1): { input: string; output: string }[] {
  const random = seededRandom(seed);
  const pick = (words: readonly string[]): string => words[random.integer(words.length)]!;
  const labels = Object.keys(TICKETS);
  return Array.from({ length: count }, (_, index) => {
    const output = labels[index % labels.length]!;
    const words = Array.from({ length: 6 }, () => pick(OTHER_WORDS));
    words.splice(random.integer(6), 0, pick(TICKETS[output]!), pick(TICKETS[output]!));
    return { input: words.join(' '), output };
  });
}

/** A project in a temporary directory whose task `ticket` has a live model of its own, made by a climb. */
export async function ticketProject(
  config: Partial<ConfigInput> = {},
): Promise<{ project: Project; directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-tickets-'));
  const lines = ticketRows(400).map((row) => `${JSON.stringify(row)}\n`);
  await writeFile(join(directory, 'tickets.jsonl'), lines.join(''));
  const ticket = { kind: 'classify' as const, data: 'tickets.jsonl', rungs: ['bag' as const] };
  const project = await openProject(directory, { config: { ...config, tasks: { ticket, ...config.tasks } } });
  try {
    await project.climb('ticket');
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    project,
    directory,
    async remove() {
      await project.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
