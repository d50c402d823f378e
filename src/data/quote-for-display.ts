/** A piece of text on one line, in quotes, short enough for a report; control characters are escaped. */
export function quoteForDisplay(text: string, maxLength = 60): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1).toWellFormed()}…` : text;
  return JSON.stringify(cut).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `1 line`, `2 lines`, `12,345 lines`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** A whole number with thousands separated by commas, the same in every locale. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A share as a percentage with one decimal, or more precisely when it is tiny. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}
