import { z } from 'zod';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { SPECIAL_TOKENS } from '../../src/model/encoder/token-batch.ts';
import { trainTokenizer } from '../../src/model/tokenizer/train-tokenizer.ts';
import { foldOfGroup } from '../../src/rung/bag/folds.ts';
import { HIDDEN_SHARE, settingsFor } from '../../src/rung/encoder/encoder-settings.ts';
import { encoderClassifierSchema } from '../../src/schema/architecture.ts';

const tokenisedSchema = z.object({ tokens: z.array(z.array(z.number())), targets: z.array(z.number()) });

/** Everything that a contestant trains from, and what it must come to. */
export const encoderTaskSchema = z.object({
  architecture: encoderClassifierSchema,
  train: tokenisedSchema,
  validation: tokenisedSchema,
  batch: z.number(),
  steps: z.number(),
  peakLearningRate: z.number(),
  weightDecay: z.number(),
  labelSmoothing: z.number(),
  hiddenShare: z.number(),
  averageDecay: z.number(),
  threads: z.number(),
  seed: z.number(),
});
export type EncoderTask = z.infer<typeof encoderTaskSchema>;

/** What a contestant prints. */
export const encoderResultSchema = z.object({ seconds: z.number(), accuracy: z.number(), loss: z.number() });
export type EncoderResult = z.infer<typeof encoderResultSchema>;

const CONTEXT = 48;
const PARTS = 10;

/** WordNet's definitions as tokens: one in ten groups is judged, one in ten left out, the others are learned from. */
export async function encoderTask({
  batch,
  steps,
  threads,
}: Pick<EncoderTask, 'batch' | 'steps' | 'threads'>): Promise<EncoderTask> {
  const parts = Array.from({ length: PARTS }, () => ({ texts: [] as string[], labels: [] as string[] }));
  for await (const { input, output, group } of readWordnetExamples()) {
    const part = parts[foldOfGroup(group, PARTS, 1)]!;
    part.texts.push(input);
    part.labels.push(output);
  }
  const learned = parts.slice(2);
  const texts = learned.flatMap((part) => part.texts);
  const labels = [...new Set(parts.flatMap((part) => part.labels))].toSorted();
  const settings = settingsFor(texts.length);
  const { width, layers, heads, feedForwardWidth, dropout } = settings;
  const { tokenizer } = await trainTokenizer(texts, {
    vocabularySize: settings.vocabularySize,
    normalizer: 'lowercase',
    specialTokens: SPECIAL_TOKENS,
  });
  const tokenised = (some: typeof parts): EncoderTask['train'] => ({
    tokens: some.flatMap((part) =>
      part.texts.map((text) => [...tokenizer.encode(text).subarray(0, CONTEXT)]),
    ),
    targets: some.flatMap((part) => part.labels.map((label) => labels.indexOf(label))),
  });
  const shape = { width, layers, heads, feedForwardWidth, dropout, contextLength: CONTEXT };
  const { vocabularySize } = tokenizer;
  return {
    architecture: { kind: 'encoder-classifier', vocabularySize, classes: labels.length, ...shape },
    train: tokenised(learned),
    validation: tokenised(parts.slice(0, 1)),
    batch,
    steps,
    peakLearningRate: settings.peakLearningRate,
    weightDecay: settings.weightDecay,
    labelSmoothing: settings.labelSmoothing,
    hiddenShare: HIDDEN_SHARE,
    averageDecay: 1 - 3 / Math.ceil(texts.length / batch),
    threads,
    seed: 1,
  };
}
