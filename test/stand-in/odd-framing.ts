import { seededRandom } from '../../src/util/random.ts';
import type { StreamPart } from './model-answer.ts';

/** The same events as the standard also allows them (WHATWG HTML, 9.2.6), cut into pieces without regard to anything. */
export function oddlyFramed(parts: readonly StreamPart[]): Buffer[] {
  const events = parts.map(({ text }, index) => FORMS[index % FORMS.length]!(text.trimEnd(), index));
  const bytes = Buffer.from(`\uFEFF: hello\n\n${events.join('')}`);
  const random = seededRandom(5);
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + random.integer(40);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

const FORMS: readonly ((text: string, index: number) => string)[] = [
  (text) => `${text.replaceAll('\n', '\r\n')}\r\n\r\n`,
  (text) => `${text.replaceAll(/^data: /gm, 'data:')}\n\n`,
  (text, index) => `id: ${index}\nretry: 1000\n${text}\n\n`,
  (text) => `: keep-alive\n\n${text}\n\n`,
  // A line break between the tokens of JSON is white space.
  (text) => `${text.replace(/^(data: \{)/m, '$1\ndata: ')}\n\n`,
  (text) => `${text.replaceAll('\n', '\r')}\r\r`,
  (text) => `: ping\n: pong\n${text}\nunknown-field: 1\n\n`,
];
