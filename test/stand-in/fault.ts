/** What the faulty upstream is asked to do with one request. */
export interface Fault {
  /** One of `FAULTS`. */
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Answered well after this many failures; null: fails every time. */
  readonly failuresFirst: number | null;
}

interface FaultFacts {
  /** Answers it makes sense for. */
  readonly of: 'plain' | 'stream' | 'both';
  readonly does: string;
}

/** Everything that can go wrong, with its settings (`name;setting=value;…`). `-then-ok` after any of them: once (`;times=n`), then well. */
export const FAULTS = {
  ok: {
    of: 'both',
    does: 'answers: `words=`, `gap=` ms between parts, `split=` bytes a write, `framing=close`, `then=close`',
  },
  status: {
    of: 'both',
    does: '`status-429`, any status: `retry-after=`, `retry-after-ms=`, `code=`, `message=`',
  },
  'cut-before-headers': { of: 'both', does: 'closes the connection, `how=rst` or `fin`' },
  'cut-after-headers': { of: 'both', does: 'a good head, then closes, `how=`' },
  'cut-mid': {
    of: 'both',
    does: 'half of the answer or `after=` parts, then closes, `how=`, `framing=close`',
  },
  'end-without-done': { of: 'stream', does: 'a clean end with a finish reason and without [DONE]' },
  'end-without-finish': { of: 'stream', does: 'a clean end with neither finish reason nor [DONE]' },
  'done-without-finish': { of: 'stream', does: '[DONE] without a finish reason' },
  'stall-before-headers': { of: 'both', does: 'says nothing' },
  'stall-before-content': { of: 'both', does: 'a good head, then nothing' },
  'stall-mid': { of: 'both', does: 'half of the answer or `after=` parts, then nothing' },
  'stall-after-done': { of: 'stream', does: 'the whole answer, but the body never ends' },
  'slow-headers': { of: 'both', does: 'answers after `ms=` (300)' },
  'slow-content': { of: 'both', does: 'a head at once, the rest after `ms=` (300)' },
  trickle: { of: 'both', does: 'a few bytes at a time, `bytes=` (16) each `gap=` (5) ms' },
  'malformed-part': { of: 'stream', does: 'one part is not JSON' },
  'bad-utf8-part': { of: 'stream', does: 'one part is not UTF-8' },
  'error-part': { of: 'stream', does: 'an error in the middle, then the end; `done=1` with [DONE]' },
  'error-first': { of: 'stream', does: 'an error as first part, then the end' },
  'error-in-200': { of: 'both', does: 'an error object as JSON with status 200' },
  'short-body': { of: 'both', does: 'content-length promises more than comes, then closes' },
  'malformed-body': { of: 'plain', does: 'JSON cut off, with its true length' },
  'bad-utf8-body': { of: 'plain', does: 'JSON whose text is not UTF-8' },
  html: { of: 'both', does: 'a page with status 200, `status=`' },
  'wrong-content-type': { of: 'both', does: 'the good bytes called text/html' },
  'gzip-garbage': { of: 'both', does: 'called gzip and is not' },
  gzip: { of: 'both', does: 'a good answer, compressed' },
  empty: { of: 'both', does: 'status 200 and no body' },
  'not-http': { of: 'both', does: 'an answer that is not HTTP' },
  'huge-header': { of: 'both', does: 'a header of `bytes=` (100,000)' },
  large: { of: 'both', does: 'an answer of about `bytes=` (5,000,000)' },
  'length-framed': { of: 'stream', does: 'a good stream with its content-length' },
  endless: { of: 'both', does: 'bytes for ever, as fast as they are taken' },
  'odd-framing': {
    of: 'stream',
    does: 'comments, CRLF, several data lines, ids, retry, no space, split anywhere',
  },
} as const satisfies Record<string, FaultFacts>;

/** Names of all that makes sense for one kind of answer. */
export function faultNames(of: 'plain' | 'stream'): string[] {
  return Object.entries(FAULTS).flatMap(([name, facts]) =>
    facts.of === 'both' || facts.of === of ? [name] : [],
  );
}

const FORM = /^(?<name>[a-z0-9-]+?)(?<then>-then-ok)?(?<settings>(?:;[a-z-]+=[^;]*)*)$/;

/** Reads `name;setting=value`; throws when there is no such fault. */
export function parseFault(text: string): Fault {
  const groups = FORM.exec(text)?.groups;
  const name = groups?.['name'] ?? text;
  const isKnown = name in FAULTS || /^status-\d{3}$/.test(name);
  if (groups === undefined || !isKnown) throw new Error(`the faulty upstream knows no fault "${text}"`);
  const settings = Object.fromEntries(
    (groups['settings'] ?? '')
      .split(';')
      .filter((setting) => setting !== '')
      .map((setting) => [setting.slice(0, setting.indexOf('=')), setting.slice(setting.indexOf('=') + 1)]),
  );
  return {
    name,
    settings,
    failuresFirst: groups['then'] === undefined ? null : Number(settings['times'] ?? 1),
  };
}

/** A setting as a number. */
export function numberOf(fault: Fault, setting: string, otherwise: number): number {
  const value = fault.settings[setting];
  return value === undefined ? otherwise : Number(value);
}
