const CODE_UNITS_PER_CHARACTER = 8;
const CONTROL_PICTURES = 0x2400;
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Controls, line separators, direction overrides, byte-order marks and noncharacters. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff]/gu;

/**
 * User text as one line that shows what is in it and cannot move the cursor, reorder its surroundings or break UTF-8:
 * control characters become their pictures (`␀`), direction overrides their code points, lone surrogates `�`.
 */
export function visibleText(text: string): string {
  return text.toWellFormed().replaceAll(UNSAFE, visibleCharacter);
}

/** As `visibleText`, but keeps line breaks and tabs. */
export function visibleLines(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(UNSAFE, (character) =>
      character === '\n' || character === '\t' ? character : visibleCharacter(character),
    );
}

/** The first `limit` characters as a reader counts them, the last of them `…` where something was left out. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // One grapheme may be any number of code units long, so what is looked at is bounded too.
  const window = text.slice(0, limit * CODE_UNITS_PER_CHARACTER);
  let end = 0;
  let count = 0;
  for (const { segment } of SEGMENTER.segment(window)) {
    if (++count > limit) break;
    if (count < limit) end += segment.length;
  }
  const whole = count <= limit && window.length === text.length;
  return whole ? text : `${text.slice(0, end).toWellFormed()}…`;
}

function visibleCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  if (code === 0x7f) return '\u2421';
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}
