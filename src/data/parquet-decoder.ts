import { Worker } from 'node:worker_threads';
import type { FileMetaData } from 'hyparquet';
import type { ParquetWindow } from './parquet-window.ts';
import type { ParquetAnswer, ParquetRequest } from './parquet-worker.ts';

const MEMORY_LIMIT_MB = 768;
/** The worker waits so long for more work before it ends. */
const IDLE_MS = 1_000;

interface Waiting {
  resolve(rows: Record<string, unknown>[]): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** One worker thread that decodes, and what is asked of it. */
interface Decoder {
  worker: Worker;
  waiting: Map<number, Waiting>;
  idle: NodeJS.Timeout | null;
}

let current: Decoder | null = null;
let lastId = 0;

/**
 * Decodes a window of a Parquet file in a worker thread: bytes that make the decoder loop or fill the memory end in an
 * error, not in a hang or a crash.
 */
export async function decodeInWorker(
  window: ParquetWindow,
  metadata: FileMetaData,
  timeoutMs: number,
): Promise<Record<string, unknown>[]> {
  const decoder = (current ??= startDecoder());
  if (decoder.idle !== null) clearTimeout(decoder.idle);
  decoder.idle = null;
  decoder.worker.ref();
  const id = ++lastId;
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => stop(decoder, 'decoding does not come to an end'), timeoutMs);
    decoder.waiting.set(id, { resolve, reject, timer });
    decoder.worker.postMessage({ id, window, metadata } satisfies ParquetRequest);
  });
}

function startDecoder(): Decoder {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./parquet-worker.${ending}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
  });
  const decoder: Decoder = { worker, waiting: new Map(), idle: null };
  worker.on('message', (answer: ParquetAnswer) => settle(decoder, answer));
  worker.on('error', (error: Error) => stop(decoder, error.message));
  worker.on('exit', () => stop(decoder, 'the decoder ended'));
  return decoder;
}

function settle(decoder: Decoder, answer: ParquetAnswer): void {
  const waiting = decoder.waiting.get(answer.id);
  if (waiting === undefined) return;
  decoder.waiting.delete(answer.id);
  clearTimeout(waiting.timer);
  if ('rows' in answer) waiting.resolve(answer.rows);
  else waiting.reject(new Error(answer.failure));
  if (decoder.waiting.size > 0) return;
  decoder.worker.unref();
  decoder.idle = setTimeout(() => stop(decoder, 'idle'), IDLE_MS).unref();
}

function stop(decoder: Decoder, reason: string): void {
  if (current === decoder) current = null;
  void decoder.worker.terminate();
  for (const { reject, timer } of decoder.waiting.values()) {
    clearTimeout(timer);
    reject(new Error(reason));
  }
  decoder.waiting.clear();
}
