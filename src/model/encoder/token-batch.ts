import type { Feeds } from '../../engine/training/trainer.ts';

/** Ids of the special tokens of an encoder's tokenizer; the first is padding, and what an empty text is made of. */
export const SPECIAL_TOKENS = ['[PAD]', '[MASK]'] as const;
export const PADDING_ID = 0;
export const MASK_ID = 1;

/** Inputs of an encoder's graph for some texts, padded to the longest; a text without tokens becomes one padding token that counts. */
export function tokenBatch(texts: readonly Int32Array[]): Feeds {
  const time = Math.max(1, ...texts.map(({ length }) => length));
  const shape = [texts.length, time];
  const ids = new Int32Array(texts.length * time).fill(PADDING_ID);
  const mask = new Float32Array(ids.length);
  for (const [row, text] of texts.entries()) {
    ids.set(text, row * time);
    mask.fill(1, row * time, row * time + Math.max(1, text.length));
  }
  return {
    ids: { shape, data: ids },
    mask: { shape, data: mask },
    positions: { shape: [time], data: Int32Array.from({ length: time }, (_, position) => position) },
  };
}

/** Indices of texts in batches of about equal lengths: at most so many texts and so many tokens with padding, but at least one text. */
export function lengthBatches(
  texts: readonly Int32Array[],
  { mostTexts, mostTokens }: { mostTexts: number; mostTokens: number },
): number[][] {
  const order = texts.map((_, index) => index).toSorted((a, b) => texts[a]!.length - texts[b]!.length);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    const isFull = batch.length === mostTexts || (batch.length + 1) * texts[index]!.length > mostTokens;
    if (isFull && batch.length > 0) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
