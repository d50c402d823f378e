/** A kind of load. */
export interface Scenario {
  name: string;
  connections: number;
  /** Requests a second, at random times; null: the next when the last was answered. */
  rate: number | null;
  /** Streamed parts of an answer and the milliseconds between them; null: plain answers. */
  stream: { parts: number; gapMs: number } | null;
}

/** What all contestants go through in a round. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'saturated', connections: 32, rate: null, stream: null },
  { name: 'at 500/s', connections: 128, rate: 500, stream: null },
  { name: 'streams, 20 ms gaps', connections: 50, rate: null, stream: { parts: 50, gapMs: 20 } },
  { name: 'streams, no gaps', connections: 50, rate: null, stream: { parts: 200, gapMs: 0 } },
];

/** What the upstream reads its behaviour from. */
export function modelOf({ stream }: Scenario): string {
  return stream === null ? 'plain' : `stream-${stream.gapMs}-${stream.parts}`;
}

/** The bytes of a request; the load generator puts a number of its own in the place of each row of @. */
export function requestBytes(scenario: Scenario, headers: Readonly<Record<string, string>>): string {
  const body = JSON.stringify({
    model: modelOf(scenario),
    messages: [
      { role: 'system', content: 'You sort what customers write by what they want. '.repeat(8) },
      {
        role: 'user',
        content:
          'Ticket @@@@@@@@@@@@: the parcel came late, the box was wet, and nobody answers the phone. Who pays for that?',
      },
    ],
    temperature: 0.2,
    max_tokens: 300,
    ...(scenario.stream === null ? {} : { stream: true }),
  });
  const head = Object.entries({
    host: '127.0.0.1',
    'content-type': 'application/json',
    authorization: 'Bearer sk-bench-0123456789abcdef',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /v1/chat/completions HTTP/1.1\r\n${head.join('')}\r\n${body}`;
}
