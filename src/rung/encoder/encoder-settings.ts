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
const LEARNING = { dropout: 0.1, labelSmoothing: 0.1, weightDecay: 0.05 } as const;

/** Up to so many training examples, the settings that did best in the runs that docs/encoder.md describes. */
const BY_SIZE: readonly (readonly [
  number,
  Pick<EncoderSettings, 'vocabularySize' | 'batch' | 'epochs' | 'peakLearningRate'>,
])[] = [
  [2500, { vocabularySize: 4096, batch: 32, epochs: 16, peakLearningRate: 2e-3 }],
  [10_000, { vocabularySize: 8192, batch: 64, epochs: 8, peakLearningRate: 2e-3 }],
  [40_000, { vocabularySize: 16_384, batch: 128, epochs: 5, peakLearningRate: 2e-3 }],
  [150_000, { vocabularySize: 24_576, batch: 512, epochs: 3, peakLearningRate: 5e-3 }],
  [Infinity, { vocabularySize: 32_768, batch: 512, epochs: 2, peakLearningRate: 5e-3 }],
];

/** What an encoder is made with when nothing is known but the number of training examples. */
export function settingsFor(examples: number): EncoderSettings {
  const [, settings] = BY_SIZE.find(([most]) => examples <= most)!;
  return { ...NETWORK, ...LEARNING, ...settings };
}

/** Share of the tokens that a training step hides, in each of them anew. */
export const HIDDEN_SHARE = 0.1;
