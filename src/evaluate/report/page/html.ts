import { visibleLines } from '../../../util/visible-text.ts';

/** Markup that is safe as it stands. Made by the `html` template alone. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What may stand in a template: text is escaped, markup is not, numbers are rounded, nothing is nothing. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Literal parts of templates with their indentation taken out. */
const compacted = new WeakMap<TemplateStringsArray, string[]>();

/** Builds markup (HTML or SVG); every text put in is made visible and escaped, for elements and quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const parts = compacted.get(strings) ?? strings.map((part) => part.replaceAll(/\s*\n\s*/g, '\n'));
  compacted.set(strings, parts);
  return new Html(parts.reduce((markup, part, index) => markup + markupOf(values[index - 1]) + part));
}

/** Text for an element or a quoted attribute; a number and its per cent sign stay on one line. */
export function escapeHtml(text: string): string {
  const escaped = visibleLines(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
  return escaped.replaceAll(/(?<=\d) (?=%)/g, '\u00a0');
}

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number')
    return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : 'unknown';
  return value.map(markupOf).join('');
}
