/** How an encoder is made and trained. */
export interface EncoderSettings {
  /** Most tokens of the tokenizer. */
  readonly vocabularySize: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForwardWidth: number;
  readonly dropout: number;
  readonly labelSmoothing: number;
  /** Examples of one update. */
  readonly batch: number;
  readonly epochs: number;
  readonly peakLearningRate: number;
  readonly weightDecay: number;
}

const NETWORK = { width: 128, layers: 1, heads: 4, feedForwardWidth: 512 } as const;
const LEARNING = { labelSmoothing: 0.1, weightDecay: 0.05 } as const;

type SizeSettings = Omit<EncoderSettings, keyof typeof NETWORK | keyof typeof LEARNING>;

/** Up to so many training examples, the settings that did best in the runs that docs/encoder.md describes. */
const BY_SIZE: readonly (readonly [number, SizeSettings])[] = [
  [2500, { vocabularySize: 4096, dropout: 0.3, batch: 32, epochs: 12, peakLearningRate: 3e-3 }],
  [10_000, { vocabularySize: 8192, dropout: 0.2, batch: 64, epochs: 5, peakLearningRate: 2e-3 }],
  [40_000, { vocabularySize: 24_576, dropout: 0.1, batch: 256, epochs: 3, peakLearningRate: 4e-3 }],
  [150_000, { vocabularySize: 24_576, dropout: 0.1, batch: 512, epochs: 3, peakLearningRate: 5e-3 }],
  [Infinity, { vocabularySize: 32_768, dropout: 0.1, batch: 512, epochs: 2, peakLearningRate: 5e-3 }],
];

/** What an encoder is made with when nothing is known but the number of training examples. */
export function settingsFor(examples: number): EncoderSettings {
  const [, settings] = BY_SIZE.find(([most]) => examples <= most)!;
  return { ...NETWORK, ...LEARNING, ...settings };
}

/** Share of the tokens that a training step hides, in each of them anew. */
export const HIDDEN_SHARE = 0.1;
