import { withoutThinking } from '../../upstream/without-thinking.ts';

/** Finds the label an answer names: its index, or null when it names none or several. */
export type LabelParser = (answer: string) => number | null;

/** Answers are read up to this length; what follows is an explanation. */
const MAX_ANSWER_LENGTH = 4000;

/**
 * A parser for these labels, blind to thinking aloud, strictest rule first: the answer is the label; it is but for case, quotes, punctuation and
 * mark-up; it is a JSON object or a line with nothing else in it; exactly one label stands in it as whole words.
 */
export function labelParser(labels: readonly string[]): LabelParser {
  const exact = new Map(labels.map((label, index) => [label, index]));
  const byNormal = uniqueIndex(labels, normalise);
  const byLetters = uniqueIndex(labels, lettersOnly);
  const whole = (text: string): number | null =>
    exact.get(text) ??
    exact.get(text.trim()) ??
    byNormal.get(normalise(text)) ??
    byLetters.get(lettersOnly(text)) ??
    null;
  const contained = containedLabel(byNormal);
  return (answer) => {
    const text = withoutThinking(answer).slice(0, MAX_ANSWER_LENGTH);
    return whole(text) ?? fromJson(text, whole) ?? fromLines(text, whole) ?? contained(normalise(text));
  };
}

/** Only forms that belong to one label; two labels that differ in case alone stay apart. */
function uniqueIndex(labels: readonly string[], form: (label: string) => string): Map<string, number> {
  const index = new Map<string, number>();
  const ambiguous = new Set<string>();
  for (const [position, label] of labels.entries()) {
    const key = form(label);
    if (key === '' || index.has(key)) ambiguous.add(key);
    index.set(key, position);
  }
  for (const key of ambiguous) index.delete(key);
  return index;
}

const EDGES = /^[\s"'`“”„‘’«»‹›()[\]{}<>*_#.,:;!?…-]+|[\s"'`“”„‘’«»‹›()[\]{}<>*_#.,:;!?…-]+$/gu;

function normalise(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ');
  const trimmed = plain.replace(EDGES, '');
  return trimmed === '' ? plain.trim() : trimmed;
}

function lettersOnly(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{S}]+/gu, '');
}

function fromJson(text: string, whole: LabelParser): number | null {
  const json = /[{["][^]*[}\]"]/.exec(text)?.[0];
  if (json === undefined) return null;
  try {
    const value: unknown = JSON.parse(json);
    const inner = typeof value === 'object' && value !== null ? Object.values(value) : [value];
    const strings = inner.filter((part) => typeof part === 'string' || typeof part === 'number');
    return agreed(strings.map((part) => whole(String(part))));
  } catch {
    return null;
  }
}

/** A line that is a label, perhaps after "Label:"; all such lines must agree. */
function fromLines(text: string, whole: LabelParser): number | null {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return agreed(lines.map((line) => whole(line) ?? whole(line.replace(/^[^:]{0,40}:/, ''))));
}

function agreed(found: readonly (number | null)[]): number | null {
  const named = new Set(found.filter((index) => index !== null));
  return named.size === 1 ? [...named][0]! : null;
}

/** Longest labels first, each match blanked out, so that "sport" is not found inside "motor sport". */
function containedLabel(byNormal: ReadonlyMap<string, number>): (answer: string) => number | null {
  const forms = [...byNormal].toSorted(([a], [b]) => b.length - a.length);
  return (answer) => {
    let rest = answer;
    let found: number | null = null;
    for (const [form, index] of forms) {
      const without = blankWholeWords(rest, form);
      if (without === rest) continue;
      if (found !== null) return null;
      [rest, found] = [without, index];
    }
    return found;
  };
}

function blankWholeWords(text: string, form: string): string {
  let result = text;
  for (let at = result.indexOf(form); at >= 0; at = result.indexOf(form, at + 1)) {
    if (isInsideWord(result, at, form)) continue;
    result = result.slice(0, at) + '\0'.repeat(form.length) + result.slice(at + form.length);
  }
  return result;
}

const WORD = /[\p{L}\p{N}]/u;

function isInsideWord(text: string, at: number, form: string): boolean {
  const end = at + form.length;
  const joinsBefore = at > 0 && WORD.test(text[at - 1]!) && WORD.test(form[0]!);
  const joinsAfter = end < text.length && WORD.test(text[end]!) && WORD.test(form.at(-1)!);
  return joinsBefore || joinsAfter;
}
