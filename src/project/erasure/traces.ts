import { quoteForDisplay } from '../../data/quote-for-display.ts';
import { exampleId } from '../../data/normalise-text.ts';
import { shownInput } from '../../evaluate/error-samples.ts';
import { escapeHtml } from '../../evaluate/report/page/html.ts';
import { storedText } from '../../rung/few-shot/few-shot-rung.ts';
import { typicalExcerpt } from '../../rung/prompt/describe-labels.ts';
import type { ErasureSubject } from '../../schema/erasure.ts';
import type { Example } from '../../schema/example.ts';
import { mentionOf } from '../../upstream/call-cache.ts';
import { PatternSearch } from '../../util/pattern-search.ts';

/** Texts with fewer bytes are found where they stand alone, not inside of other bytes: "thanks" is everywhere. */
const LEAST_BYTES = 12;
/** The same for a user's or group's name, which is looked for in quotes when it is shorter. */
const LEAST_NAME_BYTES = 8;

/** How a subject can be recognised in files: its name, its calls, its texts in all the forms in which they are written. Holds hashes alone. */
export class Traces {
  readonly subject: ErasureSubject;
  /** Finds names and texts in any bytes. */
  readonly search: PatternSearch = new PatternSearch();
  /** Finds texts as samples in data reports quote them, shortened: templates make it find others' too. */
  readonly quotes: PatternSearch = new PatternSearch();
  readonly #calls = new Set<string>();
  readonly #forms = new Set<string>();
  readonly #mentions = new Set<string>();

  constructor(subject: ErasureSubject) {
    this.subject = subject;
    const quoted = JSON.stringify(subject.id);
    const isShort = Buffer.byteLength(subject.id) < LEAST_NAME_BYTES;
    this.#addPatterns(
      isShort ? [quoted, escapeHtml(quoted), JSON.stringify(quoted).slice(1, -1)] : writtenForms(subject.id),
    );
  }

  addCall(inference: string): void {
    this.#calls.add(inference);
  }

  /** Returns false for a text that is there already, or says nothing. */
  addText(text: string): boolean {
    if (text.trim() === '' || this.hasText(text)) return false;
    const forms = [...new Set([text, shownInput(text), storedText(text), typicalExcerpt(text)])];
    for (const form of forms) this.#forms.add(exampleId(form));
    this.#mentions.add(mentionOf(text));
    const quote = quoteForDisplay(text).replace(/^"|…?"$/gu, '');
    if (Buffer.byteLength(quote) >= LEAST_BYTES) {
      for (const form of [quote, JSON.stringify(quote).slice(1, -1)]) this.quotes.add(Buffer.from(form));
    }
    for (const form of forms) {
      const whole = form.endsWith('…') && form !== text ? form.slice(0, -1) : form;
      if (Buffer.byteLength(whole) >= LEAST_BYTES) this.#addPatterns(writtenForms(whole));
    }
    return true;
  }

  #addPatterns(forms: readonly string[]): void {
    for (const form of forms) this.search.add(Buffer.from(form));
  }

  /** Whether a text is one of theirs, as it is or as something of ours shortened it. */
  hasText(text: string): boolean {
    return this.#forms.has(exampleId(text));
  }

  hasMention(mark: string): boolean {
    return this.#mentions.has(mark);
  }

  /** Whether an example was made of one of their calls, is in a group of their name, or has one of their texts. */
  concernsExample({ origin, group, input }: Example): boolean {
    if ('inference' in origin && this.#calls.has(origin.inference)) return true;
    return group === this.subject.id || this.hasText(input);
  }
}

/** A text as it stands in text files, JSON, JSON inside JSON, CSV and HTML. */
function writtenForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const forms = [text, json, JSON.stringify(json).slice(1, -1), text.replaceAll('"', '""'), escapeHtml(text)];
  return [...new Set(forms)];
}
