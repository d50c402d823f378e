import type { Architecture, EncoderArchitecture, GptArchitecture } from './architecture.ts';

/** A network of the benchmark and the batches it trains on. */
export interface BenchmarkSize<Kind extends Architecture = Architecture> {
  readonly name: string;
  readonly architecture: Kind;
  readonly textsPerBatch: number;
}

/** Lengths in tokens to which the encoder's texts are padded. */
export const LENGTH_BUCKETS = [8, 16, 24, 32, 48, 64] as const;

/** Exact counts of parameters: 174,656, 1,139,072, 5,853,184 and 29,545,472; 4,096 tokens per batch, 2,048 for the last two. */
export const GPT_SIZES: readonly BenchmarkSize<GptArchitecture>[] = [
  gpt('gpt-0.17m', { width: 64, layers: 3, heads: 2, vocabulary: 256, positions: 128 }, 32),
  gpt('gpt-1.1m', { width: 128, layers: 5, heads: 4, vocabulary: 1024, positions: 128 }, 32),
  gpt('gpt-5.9m', { width: 256, layers: 6, heads: 8, vocabulary: 4096, positions: 256 }, 8),
  gpt('gpt-30m', { width: 512, layers: 8, heads: 8, vocabulary: 8192, positions: 256 }, 8),
];

/** 1,855,401 parameters. */
export const ENCODER_SIZES: readonly BenchmarkSize<EncoderArchitecture>[] = [
  {
    name: 'encoder-1.9m',
    architecture: {
      kind: 'encoder',
      width: 128,
      layers: 4,
      heads: 4,
      inner: 512,
      vocabulary: 8192,
      positions: 64,
      classes: 41,
      gelu: 'tanh',
      labelSmoothing: 0.1,
    },
    textsPerBatch: 128,
  },
];

export const SIZES: readonly BenchmarkSize[] = [...GPT_SIZES, ...ENCODER_SIZES];

function gpt(
  name: string,
  shape: Pick<GptArchitecture, 'width' | 'layers' | 'heads' | 'vocabulary' | 'positions'>,
  textsPerBatch: number,
): BenchmarkSize<GptArchitecture> {
  const architecture = { kind: 'gpt', ...shape, inner: 4 * shape.width, gelu: 'tanh' } as const;
  return { name, architecture, textsPerBatch };
}
