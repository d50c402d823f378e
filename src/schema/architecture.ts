import { z } from 'zod';

const count = z.number().int().positive();
const share = z.number().min(0).lt(1);

const transformerShape = {
  /** Rows of the embedding: ids are below it. */
  vocabularySize: count,
  /** Most tokens of one input. */
  contextLength: count,
  width: count,
  layers: count,
  heads: count,
  feedForwardWidth: count,
  /** Share of activations dropped in training. */
  dropout: share,
};

/** A bidirectional transformer that gives one distribution over classes for each text. */
export const encoderClassifierSchema = z.strictObject({
  kind: z.literal('encoder-classifier'),
  ...transformerShape,
  classes: z.number().int().min(2),
});
export type EncoderClassifierArchitecture = z.infer<typeof encoderClassifierSchema>;

/** A causal transformer that gives a distribution over the next token at each position. */
export const gptSchema = z.strictObject({ kind: z.literal('gpt'), ...transformerShape });
export type GptArchitecture = z.infer<typeof gptSchema>;

/** What a network is made of; with the engine's version it decides the graph and the names and shapes of its parameters. */
export const architectureSchema = z
  .discriminatedUnion('kind', [encoderClassifierSchema, gptSchema])
  .refine(({ width, heads }) => width % heads === 0, {
    message: 'width must be a multiple of heads',
    path: ['heads'],
  });
export type Architecture = z.infer<typeof architectureSchema>;
