import { parentPort, workerData } from 'node:worker_threads';
import { bound, OrtSession } from '../../engine/runtime/ort/ort-session.ts';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { lengthBatches, tokenBatch } from '../../model/encoder/token-batch.ts';
import { Tokenizer } from '../../model/tokenizer/tokenizer.ts';
import type { Answers, EncoderRequest, EncoderResponse, EncoderSetup } from './encoder-protocol.ts';

/** Small enough to stay in a processor's cache. */
const BATCH = { mostTexts: 32, mostTokens: 1024 };

const { graph, tokenizerJson, contextLength, classes } = workerData as EncoderSetup;
const port = parentPort!;
const tokenizer = Tokenizer.fromJson(tokenizerJson);
const session = await OrtSession.open(graph, { threads: 1 });

async function answersTo(texts: readonly string[]): Promise<Answers> {
  const tokens = texts.map((text) => tokenizer.encode(text).subarray(0, contextLength));
  const logits = new Float32Array(texts.length * classes);
  const probabilities = new Float32Array(logits.length);
  for (const batch of lengthBatches(tokens, BATCH)) {
    const feeds = Object.entries(tokenBatch(batch.map((index) => tokens[index]!)));
    const inputs = Object.fromEntries(feeds.map(([name, tensor]) => [name, bound(tensor)]));
    const outputs = await session.run(inputs, ['logits', 'probabilities']);
    place(outputs['logits']!.data as Float32Array, batch, logits);
    place(outputs['probabilities']!.data as Float32Array, batch, probabilities);
  }
  return { logits, probabilities };
}

/** Rows of a batch go to the places of their texts. */
function place(rows: Float32Array, batch: readonly number[], target: Float32Array): void {
  for (const [row, index] of batch.entries())
    target.set(rows.subarray(row * classes, (row + 1) * classes), index * classes);
}

async function serve({ id, texts }: EncoderRequest): Promise<void> {
  try {
    const answers = await answersTo(texts);
    const { logits, probabilities } = answers;
    const transfer = [logits.buffer, probabilities.buffer] as ArrayBuffer[];
    port.postMessage({ id, answers } satisfies EncoderResponse, transfer);
  } catch (error) {
    const code = error instanceof HomegrownError ? error.code : 'model/failed';
    port.postMessage({ id, failure: { code, message: messageOf(error) } } satisfies EncoderResponse);
  }
}

let busy = Promise.resolve();
port.on('message', (request: EncoderRequest) => {
  busy = busy.then(() => serve(request));
});
