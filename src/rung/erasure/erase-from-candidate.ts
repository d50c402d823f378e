import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  copyCandidateFolder,
  readCandidateManifest,
  saveCandidateFolder,
} from '../../predictor/candidate-folder.ts';
import {
  EXAMPLES_NAME,
  PROMPT_NAME,
  readPrompt,
  readShownExamples,
} from '../../predictor/prompt/prompt-file.ts';
import type { CandidateManifest } from '../../schema/candidate-manifest.ts';
import { linesOf } from '../few-shot/few-shot-rung.ts';
import { withoutTypical } from '../prompt/prompt-templates.ts';

/** Whether a text, as it is or as a candidate shortens it, is to go. */
export type Concerns = (text: string) => boolean;

const partsSchema = z.looseObject({ parts: z.array(z.looseObject({ directory: z.string() })) });

/** How many examples inside a candidate or model folder are concerned: shown ones, typical ones, those of its parts. */
export async function countExamples(directory: string, concerns: Concerns): Promise<number> {
  const manifest = await readCandidateManifest(directory);
  const counts = await Promise.all(
    partsOf(manifest).map((part) => countExamples(join(directory, part), concerns)),
  );
  const own = holdsExamples(manifest) ? (await restOf(directory, manifest, concerns)).examples : 0;
  return counts.reduce((sum, count) => sum + count, own);
}

/** Writes a copy of a candidate folder without the examples that are concerned; its notes say so. */
export async function copyWithoutExamples(
  source: string,
  target: string,
  { concerns, note }: { concerns: Concerns; note: string },
): Promise<void> {
  const manifest = await readCandidateManifest(source);
  const parts = partsOf(manifest);
  if (!holdsExamples(manifest) && parts.length === 0) {
    await copyCandidateFolder(source, target);
    return;
  }
  const { format: _format, files: _files, ...facts } = manifest;
  await saveCandidateFolder(target, { ...facts, notes: [...facts.notes, note] }, async (directory) => {
    for (const part of parts)
      await copyWithoutExamples(join(source, part), join(directory, part), { concerns, note });
    if (holdsExamples(manifest)) await writeRest(directory, await restOf(source, manifest, concerns));
  });
}

function holdsExamples({ kind }: CandidateManifest): boolean {
  return kind === 'prompt' || kind === 'few-shot';
}

function partsOf({ kind, settings }: CandidateManifest): string[] {
  if (kind !== 'blend') return [];
  return partsSchema.parse(settings).parts.map(({ directory }) => directory);
}

interface Rest {
  prompt: Awaited<ReturnType<typeof readPrompt>>;
  shown: Awaited<ReturnType<typeof readShownExamples>> | null;
  /** How many are left out. */
  examples: number;
}

async function restOf(directory: string, { files }: CandidateManifest, concerns: Concerns): Promise<Rest> {
  const { prompt, examples } = withoutTypical(await readPrompt(directory), concerns);
  if (!(EXAMPLES_NAME in files)) return { prompt, shown: null, examples };
  const shown = await readShownExamples(directory);
  const kept = shown.filter(({ input }) => !concerns(input));
  return { prompt, shown: kept, examples: examples + shown.length - kept.length };
}

async function writeRest(directory: string, { prompt, shown }: Rest): Promise<void> {
  await writeFile(join(directory, PROMPT_NAME), `${JSON.stringify(prompt, null, 2)}\n`);
  if (shown !== null) await writeFile(join(directory, EXAMPLES_NAME), linesOf(shown));
}
