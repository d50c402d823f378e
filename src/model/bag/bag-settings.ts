import { z } from 'zod';

/** What turns a text into buckets; `load_bag.py` reads the same values from `features.json`. */
export const ngramSettingsSchema = z.strictObject({
  /** Words and word pairs are hashed into 2^wordBits buckets. */
  wordBits: z.number().int().min(8).max(24),
  /** 1: words only; 2: words and pairs. */
  wordOrder: z.union([z.literal(1), z.literal(2)]),
  /** Character n-grams are hashed into 2^characterBits further buckets; 0: there are none. */
  characterBits: z.union([z.literal(0), z.number().int().min(8).max(24)]),
  /** Shortest and longest character n-gram. */
  characterOrders: z.tuple([z.number().int().min(1), z.number().int().max(8)]),
});
export type NgramSettings = z.infer<typeof ngramSettingsSchema>;

/** n-grams of words (1-2) and characters (3-5). */
export const WORDS_AND_CHARACTERS: NgramSettings = {
  wordBits: 20,
  wordOrder: 2,
  characterBits: 20,
  characterOrders: [3, 5],
};

/** The same for this many texts: few texts meet few n-grams, and small tables are quick to make. */
export function ngramsFor(texts: number): NgramSettings {
  const bits = texts < 300 ? 16 : texts < 20_000 ? 18 : 20;
  return { ...WORDS_AND_CHARACTERS, wordBits: bits, characterBits: bits };
}

/** n-grams of words (1-2). */
export const WORDS_ONLY: NgramSettings = { ...WORDS_AND_CHARACTERS, characterBits: 0 };

/** Buckets in all: words first, then characters. */
export function bucketCount({ wordBits, characterBits }: NgramSettings): number {
  return 2 ** wordBits + (characterBits === 0 ? 0 : 2 ** characterBits);
}

/** Which buckets become rows of the weight matrix. */
export interface RowLimits {
  /** A bucket met in fewer texts has no row. */
  minTexts: number;
  /** At most this many rows; the buckets met in most texts come first. */
  maxRows: number;
}

/** How one linear classifier is fitted. */
export interface FitSettings {
  epochs: number;
  /** Learning rate of the first step; it falls linearly to 0. */
  rate: number;
  /** Length of the character block where the word block has length 1; 0 leaves characters out. */
  characterWeight: number;
  seed: number;
}
