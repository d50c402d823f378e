import { shorten, visibleLines, visibleText } from '../../../util/visible-text.ts';
import { html, type Html } from './html.ts';

const TITLE_LENGTH = 240;
const LENGTH_LOOKED_AT = 20_000;

/** A label, name or other text of the user's, set apart from its surroundings' direction and cut to `limit` characters. */
export function userText(text: string, limit: number = 48): Html {
  const whole = visibleLines(text.slice(0, LENGTH_LOOKED_AT));
  const shown = shorten(whole, limit);
  if (shown === whole && whole.length >= text.length)
    return html`<bdi>${text === '' || /^\s+$/.test(text) ? `“${text}”` : text}</bdi>`;
  return html`<bdi title="${shorten(whole, TITLE_LENGTH)}">${shown}</bdi>`;
}

/** A label inside a drawing: plain text, cut. */
export function drawnText(text: string, limit: number): string {
  return shorten(visibleText(text.slice(0, LENGTH_LOOKED_AT).replaceAll(/\s+/g, ' ')), limit);
}

/** A wide table or drawing that scrolls by itself, by touch and by keyboard, so that the page never does. */
export function scrollRegion(name: string, content: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${content}</div>`;
}

/** Says how much a bounded list leaves out, and where the rest is. */
export function leftOut(count: number, what: string): Html | null {
  return count <= 0
    ? null
    : html`<p class="note">
        ${count.toLocaleString('en-US')} more ${what} left out here to keep the page small; the JSON report
        has them.
      </p>`;
}
