import { TextDecoder } from 'node:util';
import { MAX_LINE_BYTES, splitLines } from '../data/byte-lines.ts';
import { messageOf } from '../errors/homegrown-error.ts';
import type { Prediction, Predictor } from '../predictor/predictor.ts';

const BATCH = 512;

/** One line of input as text, or why it is none. */
export type InputLine = string | { error: string };

/** The lines of a file or a pipe, split at line feeds alone (JSON may hold any other line separator). */
export async function* inputLines(blocks: AsyncIterable<Buffer>): AsyncGenerator<InputLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  for await (const batch of splitLines(blocks)) {
    for (const { bytes } of batch) yield bytes === null ? tooLong : decode(bytes, decoder);
  }
}

const tooLong = { error: `longer than ${MAX_LINE_BYTES / 2 ** 20} MiB` };

function decode(bytes: Buffer, decoder: TextDecoder): InputLine {
  try {
    return decoder.decode(bytes);
  } catch {
    return { error: 'not UTF-8' };
  }
}

/** One line of the answer: what was predicted, or why this line could not be read or answered. */
export type PredictedLine =
  | { label: string; confidence: number | null; probabilities?: Record<string, number> }
  | { error: string };

export interface PredictLinesOptions {
  /** Key of the input in each line's object. */
  inputKey: string;
  /** Give every label's probability. */
  probabilities?: boolean;
  signal?: AbortSignal;
}

/**
 * Lines in, batches of answers out, in the same order and in constant memory. A line is a JSON string or an object with the
 * input. Throws the signal's reason when it aborts; the batch under way is not given then.
 */
export async function* predictLines(
  predictor: Predictor,
  lines: AsyncIterable<InputLine> | Iterable<InputLine>,
  options: PredictLinesOptions,
): AsyncGenerator<PredictedLine[]> {
  let batch: InputLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield await answer(predictor, batch, options);
    batch = [];
  }
  if (batch.length > 0) yield await answer(predictor, batch, options);
  // Whoever wrote into the pipe was interrupted too: its end is not the end of the input.
  options.signal?.throwIfAborted();
}

async function answer(
  predictor: Predictor,
  lines: readonly InputLine[],
  options: PredictLinesOptions,
): Promise<PredictedLine[]> {
  const parsed = lines.map((line) => parseLine(line, options.inputKey));
  const inputs = parsed.flatMap((line) => ('input' in line ? [line.input] : []));
  const predictions =
    inputs.length === 0
      ? []
      : await predictor.predict(inputs, options.signal === undefined ? {} : { signal: options.signal });
  options.signal?.throwIfAborted();
  let next = 0;
  return parsed.map((line) => ('input' in line ? toLine(predictions[next++]!, predictor, options) : line));
}

function parseLine(line: InputLine, inputKey: string): { input: string } | { error: string } {
  if (typeof line !== 'string') return line;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return { error: `not JSON: ${messageOf(cause)}` };
  }
  if (typeof value === 'string') return { input: value };
  const input =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[inputKey] : undefined;
  if (typeof input === 'string') return { input };
  return { error: `expected a JSON string, or an object whose "${inputKey}" is one` };
}

function toLine(
  { label, probabilities, failure }: Prediction,
  { labels }: Predictor,
  options: PredictLinesOptions,
): PredictedLine {
  if (label === null) return { error: failure ?? 'no usable answer' };
  const confidence = probabilities === null ? null : round(Math.max(...probabilities));
  if (options.probabilities !== true || probabilities === null) return { label, confidence };
  return {
    label,
    confidence,
    probabilities: Object.fromEntries(labels.map((name, index) => [name, round(probabilities[index]!)])),
  };
}

function round(probability: number): number {
  return Math.round(probability * 1e6) / 1e6;
}
