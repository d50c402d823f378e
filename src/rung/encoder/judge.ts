import type { Trainer } from '../../train/engine.ts';
import type { Evaluation } from '../../schema/run-event.ts';
import type { TaskConfig } from '../../schema/config.ts';
import { lengthBatches, tokenBatch } from '../../model/encoder/token-batch.ts';
import { qualityOfScores } from '../bag/score-quality.ts';
import type { TokenisedTexts } from './bucketed-batches.ts';

const BATCH = { mostTexts: 256, mostTokens: 8192 };
const BATCHES_AT_ONCE = 8;

/** Logits of texts (texts × classes) by the trainer's weights. */
export async function logitsOf(
  trainer: Trainer,
  { tokens }: Pick<TokenisedTexts, 'tokens'>,
  { classes, signal }: { classes: number; signal: AbortSignal },
): Promise<Float32Array> {
  const logits = new Float32Array(tokens.length * classes);
  const batches = lengthBatches(tokens, BATCH);
  for (let from = 0; from < batches.length; from += BATCHES_AT_ONCE) {
    signal.throwIfAborted();
    const some = batches.slice(from, from + BATCHES_AT_ONCE);
    const answers = await trainer.evaluate(
      some.map((batch) => tokenBatch(batch.map((index) => tokens[index]!))),
    );
    for (const [number, batch] of some.entries()) {
      const rows = answers[number]!['logits']!.data as Float32Array;
      for (const [row, index] of batch.entries())
        logits.set(rows.subarray(row * classes, (row + 1) * classes), index * classes);
    }
  }
  return logits;
}

/** Mean log loss and the task's metric of logits. */
export function evaluationOf(
  logits: Float32Array,
  targets: Int32Array,
  { classes, metric }: { classes: number; metric: TaskConfig['metric'] },
): Evaluation {
  let loss = 0;
  for (const [text, target] of targets.entries()) {
    const row = logits.subarray(text * classes, (text + 1) * classes);
    const most = row.reduce((a, b) => Math.max(a, b));
    let sum = 0;
    for (const logit of row) sum += Math.exp(logit - most);
    loss += Math.log(sum) + most - row[target]!;
  }
  return { loss: loss / targets.length, quality: qualityOfScores(metric, logits, targets, classes) };
}
