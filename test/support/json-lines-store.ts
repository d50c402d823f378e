import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Inference } from '../../src/schema/inference.ts';

export interface JsonLinesSettings {
  /** Where inferences go, one a line. */
  file: string;
  /** While this file exists the store fails, with its content as the message. */
  outage?: string;
  /** Inferences whose id contains this are refused. */
  refuses?: string;
}

/** A store as far as captures need one, for tests of what happens when a store is away or refuses something. */
export async function openStore(settings: unknown): Promise<object> {
  const { file, outage, refuses } = settings as JsonLinesSettings;
  const known = new Set(readInferences(file).map(({ id }) => id));
  const append = async (batch: readonly Inference[]): Promise<number> => {
    if (outage !== undefined && existsSync(outage)) throw new Error(readFileSync(outage, 'utf8'));
    const bad = batch.find(({ id }) => refuses !== undefined && id.includes(refuses));
    if (bad !== undefined) throw new Error(`refused ${bad.id}`);
    const fresh = batch.filter(({ id }) => !known.has(id));
    appendFileSync(file, fresh.map((one) => `${JSON.stringify(one)}\n`).join(''));
    for (const { id } of fresh) known.add(id);
    return fresh.length;
  };
  return { inferences: { append }, close: async () => undefined };
}

/** What is in such a store, in the order in which it came. */
export function readInferences(file: string): Inference[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Inference);
}
