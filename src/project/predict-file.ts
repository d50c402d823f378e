import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import type { Predictor } from '../predictor/predictor.ts';
import { writeFailure, writeFileAtomic } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import { type InputLine, inputLines, type PredictLinesOptions, predictLines } from './predict-lines.ts';

/** Which answers a partial output holds: of this model, this input, these options. */
const partialSchema = z.strictObject({ identity: z.string() });

export interface PredictFileOptions extends PredictLinesOptions {
  input: string;
  output: string;
  /** Forget a partial output instead of going on with it. */
  fresh?: boolean;
  progress?(message: string, share?: number): void;
}

/** What was done: all lines, of which this many could not be answered; `resumedAt` lines were there from before. */
export interface PredictedFile {
  lines: number;
  failed: number;
  resumedAt: number;
  seconds: number;
}

/**
 * Predicts a file into a file in constant memory. The answers grow in `<output>.partial`; an interrupted run goes on after
 * the last whole line, and only a finished one has the output's name.
 */
export async function predictFile(predictor: Predictor, options: PredictFileOptions): Promise<PredictedFile> {
  const partial = `${options.output}.partial`;
  const identity = await identityOf(predictor, options);
  const resumedAt = await preparePartial(partial, identity, options.fresh ?? false);
  const started = performance.now();
  const handle = await open(partial, 'a');
  let counts: Pick<PredictedFile, 'lines' | 'failed'>;
  try {
    counts = await appendAnswers(predictor, handle, resumedAt, options);
    await handle.sync();
  } catch (cause) {
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(partial, cause);
  } finally {
    await handle.close();
  }
  await rename(partial, options.output);
  await rm(`${partial}.json`, { force: true });
  return { ...counts, resumedAt, seconds: (performance.now() - started) / 1000 };
}

async function identityOf(
  predictor: Predictor,
  { input, inputKey, probabilities = false }: PredictFileOptions,
): Promise<string> {
  const { size, mtimeMs } = await stat(input).catch((cause: unknown) => {
    throw new HomegrownError({
      code: 'predict/no-input',
      message: messageOf(cause),
      kind: 'usage',
      where: input,
      hint: 'Name a file of JSON lines, or pipe them in without --input.',
      cause,
    });
  });
  return sha256(canonicalJson({ input, size, mtimeMs, inputKey, probabilities, model: predictor.manifest }));
}

/** Brings the partial output to its last whole line and counts its lines; 0 when there is none. */
async function preparePartial(partial: string, identity: string, fresh: boolean): Promise<number> {
  const known = await readFile(`${partial}.json`, 'utf8').then(
    (text) => partialSchema.safeParse(JSON.parse(text)).data,
    () => undefined,
  );
  if (fresh || known === undefined) {
    await rm(partial, { force: true });
    await writeFileAtomic(`${partial}.json`, JSON.stringify({ identity }));
    return 0;
  }
  if (known.identity === identity) return truncateToWholeLines(partial);
  throw new HomegrownError({
    code: 'predict/other-partial',
    message: 'holds answers of another model, input or option',
    kind: 'usage',
    where: partial,
    hint: 'Start again with --fresh, or name another --output.',
  });
}

async function truncateToWholeLines(partial: string): Promise<number> {
  let lines = 0;
  let end = 0;
  let position = 0;
  try {
    for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
        lines++;
        end = position + at + 1;
      }
      position += bytes.length;
    }
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return 0;
    throw cause;
  }
  const handle = await open(partial, 'r+');
  try {
    await handle.truncate(end);
  } finally {
    await handle.close();
  }
  return lines;
}

async function appendAnswers(
  predictor: Predictor,
  handle: FileHandle,
  resumedAt: number,
  options: PredictFileOptions,
): Promise<Pick<PredictedFile, 'lines' | 'failed'>> {
  const { size } = await stat(options.input);
  const source = createReadStream(options.input, { highWaterMark: 1 << 18 });
  const lines = skip(inputLines(source as AsyncIterable<Buffer>), resumedAt);
  let count = resumedAt;
  let failed = 0;
  try {
    for await (const answers of predictLines(predictor, lines, options)) {
      await handle.write(`${answers.map((answer) => JSON.stringify(answer)).join('\n')}\n`);
      count += answers.length;
      failed += answers.filter((answer) => 'error' in answer).length;
      options.progress?.(`${count} lines`, size === 0 ? 1 : Math.min(1, source.bytesRead / size));
      if (options.signal?.aborted === true) throw interrupted(count);
    }
  } finally {
    source.destroy();
  }
  return { lines: count, failed };
}

async function* skip(lines: AsyncIterable<InputLine>, count: number): AsyncGenerator<InputLine> {
  let seen = 0;
  for await (const line of lines) if (seen++ >= count) yield line;
}

function interrupted(lines: number): HomegrownError {
  return new HomegrownError({
    code: 'predict/interrupted',
    message: `interrupted after ${lines} lines; they are kept`,
    kind: 'interrupted',
    hint: 'Run the same command again to go on.',
  });
}
