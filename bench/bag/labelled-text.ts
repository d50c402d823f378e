/** A labelled text and the group that keeps related texts in one split. */
export interface LabelledText {
  input: string;
  output: string;
  group: string;
}

/** Drops repeated inputs (the first stays) and every input that has two different outputs. */
export function withoutDuplicatesAndConflicts(texts: readonly LabelledText[]): LabelledText[] {
  const first = new Map<string, LabelledText>();
  const conflicting = new Set<string>();
  for (const text of texts) {
    const earlier = first.get(text.input);
    if (earlier === undefined) first.set(text.input, text);
    else if (earlier.output !== text.output) conflicting.add(text.input);
  }
  return [...first.values()].filter((text) => !conflicting.has(text.input));
}
