import { createReadStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { systemCodeOf } from '../errors/homegrown-error.ts';
import type { Predictor } from '../predictor/predictor.ts';
import { acquireProcessLock } from '../store/sqlite/process-lock.ts';
import { writeFailure } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import { refuseUnsafeOutput, statInputFile } from './input-file.ts';
import { predictFailure } from './interrupted-predict.ts';
import { preparePartialOutput } from './partial-output.ts';
import { type InputLine, inputLines, type PredictLinesOptions, predictLines } from './predict-lines.ts';

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
 * the last whole line, and only a finished one has the output's name. Throws `predict/…`, and `project/busy` while another
 * process writes the same output.
 */
export async function predictFile(predictor: Predictor, options: PredictFileOptions): Promise<PredictedFile> {
  const partial = `${options.output}.partial`;
  const identity = await identityOf(predictor, options);
  await refuseUnsafeOutput(options.input, options.output);
  const lockPath = `${partial}.lock`;
  const lock = await acquireProcessLock(lockPath, { holder: 'predict' });
  try {
    const resumedAt = await preparePartialOutput(partial, { identity, fresh: options.fresh ?? false });
    const started = performance.now();
    const counts = await writeAnswers(predictor, { partial, resumedAt }, options);
    await rename(partial, options.output);
    await rm(`${partial}.json`, { force: true });
    return { ...counts, resumedAt, seconds: (performance.now() - started) / 1000 };
  } catch (cause) {
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(partial, cause);
  } finally {
    // Removed while still held, so that nobody takes a lock on a file about to go; Windows keeps the empty file.
    await rm(lockPath, { force: true }).catch(() => undefined);
    lock.release();
  }
}

async function identityOf(
  predictor: Predictor,
  { input, inputKey, probabilities = false }: PredictFileOptions,
): Promise<string> {
  const { size, mtimeMs } = await statInputFile(input);
  return sha256(canonicalJson({ input, size, mtimeMs, inputKey, probabilities, model: predictor.manifest }));
}

type Counts = Pick<PredictedFile, 'lines' | 'failed'>;

async function writeAnswers(
  predictor: Predictor,
  { partial, resumedAt }: { partial: string; resumedAt: number },
  options: PredictFileOptions,
): Promise<Counts> {
  const handle = await open(partial, 'a');
  try {
    const counts = await appendAnswers(predictor, { handle, resumedAt }, options);
    await handle.sync();
    return counts;
  } finally {
    await handle.close();
  }
}

async function appendAnswers(
  predictor: Predictor,
  { handle, resumedAt }: { handle: FileHandle; resumedAt: number },
  options: PredictFileOptions,
): Promise<Counts> {
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
    }
  } catch (cause) {
    throw predictFailure(cause, {
      signal: options.signal,
      message: `interrupted after ${count} lines; they are kept`,
      hint: 'Run the same command again to go on.',
    });
  } finally {
    source.destroy();
  }
  return { lines: count, failed };
}

async function* skip(lines: AsyncIterable<InputLine>, count: number): AsyncGenerator<InputLine> {
  let seen = 0;
  for await (const line of lines) if (seen++ >= count) yield line;
}
