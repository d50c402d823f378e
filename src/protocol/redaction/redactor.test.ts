import { describe, expect, test } from 'vitest';
import { redactionKindSchema } from '../../schema/capture-config.ts';
import { seededRandom } from '../../util/random.ts';
import { redactor } from './redactor.ts';

const all = redactor({ redact: [...redactionKindSchema.options] });
type Random = ReturnType<typeof seededRandom>;

describe('JSON text', () => {
  test('only values change; every other byte stays', () => {
    const json = `{ "a@b.co" : "a@b.co",\n\t"seed": 12345678901234567890, "x": 1.0, "x": 2, "u": "\\u00e9\\/", "l": ["+49 30 1234567", null] }`;
    expect(all.json(json)).toBe(
      `{ "a@b.co" : "[email]",\n\t"seed": 12345678901234567890, "x": 1.0, "x": 2, "u": "\\u00e9\\/", "l": ["[phone]", null] }`,
    );
  });

  test('nothing to redact gives the same string', () => {
    const json = JSON.stringify({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'a\n"b"\\ é' }],
      n: 1,
    });
    expect(all.json(json)).toBe(json);
    const value: unknown = JSON.parse(json);
    expect(all.value(value)).toBe(value);
  });

  test('escaped characters are read as what they mean', () => {
    expect(all.json(String.raw`{"t":"john\u0040example.com\nme@example.com\t+49\u00a030 1234567"}`)).toBe(
      String.raw`{"t":"[email]\n[email]\t[phone]"}`,
    );
  });

  test('JSON in texts stays JSON: arguments of tool calls, and calls quoted in them', () => {
    const inner = {
      to: 'a@b.co',
      card: 4111111111111111,
      phone: 491512345678,
      password: 123456,
      count: 4111,
    };
    const quoted = JSON.stringify({ body: JSON.stringify(inner) });
    const redacted = JSON.parse(all.text(quoted)) as { body: string };
    expect(JSON.parse(redacted.body)).toEqual({
      to: '[email]',
      card: '[card]',
      phone: '[phone]',
      password: '[key]',
      count: 4111,
    });
    expect(all.text('[a@b.co] {no json}')).toBe('[[email]] {no json}');
  });

  test('the key says what a value is', () => {
    const value = {
      password: 'correct-horse-9',
      phone_number: '5551234567',
      api_key: 'abcdef123456XYZ',
      id: '5551234567',
    };
    expect(all.value(value)).toEqual({
      password: '[key]',
      phone_number: '[phone]',
      api_key: '[key]',
      id: '5551234567',
    });
    expect(JSON.parse(all.json(JSON.stringify(value)))).toEqual(all.value(value));
  });

  test('pictures and sound are left alone, and are not searched', () => {
    const data = Buffer.from(Array.from({ length: 30_000 }, (_, index) => (index * 7919) % 256)).toString(
      'base64',
    );
    const parts = [
      { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
      { type: 'input_audio', input_audio: { data, format: 'wav' } },
      { type: 'text', text: `![](data:image/png;base64,${data}) by a@b.co` },
    ];
    expect(all.value(parts)).toEqual([
      parts[0],
      parts[1],
      { type: 'text', text: `![](data:image/png;base64,${data}) by [email]` },
    ]);
  });

  test('tokens with their probabilities do not spell out what was redacted', () => {
    const token = (text: string): object => ({
      token: text,
      logprob: -0.5,
      bytes: [1, 2],
      top_logprobs: [{ token: text }],
    });
    const pieces = ['Mail', ' john', '@', 'example', '.com', ' now', ', or', ' a', '@b', '.co', '!'];
    const response = {
      choices: [
        { message: { content: pieces.join('') }, logprobs: { content: pieces.map(token), refusal: null } },
      ],
    };
    const redacted = JSON.parse(all.json(JSON.stringify(response))) as typeof response;
    const [{ message, logprobs }] = redacted.choices as [(typeof redacted.choices)[0]];
    expect(message.content).toBe('Mail [email] now, or [email]!');
    const tokens = logprobs.content as unknown as { token: string; logprob: number; bytes: unknown }[];
    expect(tokens.map((one) => one.token).join('')).toBe(message.content);
    expect(tokens).toHaveLength(pieces.length);
    expect(tokens[0]).toEqual(token('Mail'));
    expect(tokens[2]).toEqual({ token: '', logprob: -0.5, bytes: null, top_logprobs: [] });
  });
});

describe('what a config says', () => {
  test('only the kinds it names', () => {
    const some = redactor({ redact: ['email'] });
    expect(some.text('a@b.co +49 30 1234567 4111111111111111')).toBe(
      '[email] +49 30 1234567 4111111111111111',
    );
    expect(redactor({ redact: [] })).toMatchObject({ isActive: false });
  });

  test('its own function sees every text but data first', () => {
    const seen: string[] = [];
    const own = redactor({
      redact: ['email'],
      redactText: (text) => (seen.push(text), text.replaceAll('Acme', 'a@acme.co')),
    });
    const data = 'A'.repeat(400);
    expect(own.json(JSON.stringify({ a: 'Acme rocks', b: [data, 'x'] }))).toBe(
      JSON.stringify({ a: '[email] rocks', b: [data, 'x'] }),
    );
    expect(seen).toEqual(['Acme rocks', 'x']);
  });

  test('its own function fails closed', () => {
    const failing = redactor({
      redact: [],
      redactText: () => {
        throw new Error('no');
      },
    });
    expect(failing.text('secret')).toBe('[redactText failed]');
    expect(redactor({ redact: [], redactText: () => null as never }).text('x')).toBe(
      '[redactText gave no text]',
    );
  });
});

describe('for any text', () => {
  test('redacting twice is redacting once, and text, JSON and value agree', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 4000; round++) {
      const text = randomText(random);
      const once = all.text(text);
      expect(all.text(once)).toBe(once);
      const json = JSON.stringify(randomValue(random, 3));
      expect(JSON.parse(all.json(json))).toEqual(all.value(JSON.parse(json)));
    }
  });

  test('identifiers are found wherever they stand', () => {
    const random = seededRandom(5);
    const separators = [' ', '\n', '"', '(', ') ', ', ', '; ', ' | ', '\t', '>'];
    for (let round = 0; round < 2000; round++) {
      const [kind, identifier] = KNOWN[Math.floor(random.next() * KNOWN.length)]!;
      const pick = (): string => separators[Math.floor(random.next() * separators.length)]!;
      const [before, after] = [pick(), pick()];
      expect(all.text(`x${before}${identifier}${after}y`)).toBe(`x${before}[${kind}]${after}y`);
    }
  });

  test('time grows with the length and not faster', { timeout: 120_000 }, () => {
    const random = seededRandom(3);
    const slow: string[] = [];
    for (let round = 0; round < 90; round++) {
      const unit =
        round < HARD.length
          ? HARD[round]!
          : randomText(random).slice(0, 1 + Math.floor(random.next() * 12)) || 'a';
      // Eight times the length of something quadratic would take eight times as long for each character. Other programs may
      // take the processor for a while, so that one good run out of some is enough.
      const isLinear = (): boolean =>
        msPerCharacter(unit, 80_000) < 5 * Math.max(msPerCharacter(unit, 10_000), 0.0005);
      if (!isLinear() && !isLinear() && !isLinear()) slow.push(unit);
    }
    expect(slow).toEqual([]);
  });
});

const KNOWN: [kind: string, identifier: string][] = [
  ['email', 'john.doe@example.com'],
  ['phone', '+49 30 1234567'],
  ['phone', '(212) 555-0123'],
  ['card', '4111 1111 1111 1111'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['key', `sk-${'a1B2c3D4e5'.repeat(3)}`],
];

const HARD = [
  '1',
  '11 ',
  '12-',
  '1 ',
  '+1 ',
  '(',
  '(1',
  '@',
  'a@',
  'a.',
  'a@b.',
  'sk-',
  'sk-a',
  'eyJ',
  'eyJaaaaaaaaaaaa1.',
  'key=',
  'token: ',
  'password: a',
  '://',
  '://a:',
  'DE12 ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  'bearer ',
  '%40',
  'a%40',
  '{',
  '[',
  '{"a":"',
  '\\',
  '"',
  '\\"',
  'data:',
  'data:;base64,',
  '4111 ',
  'é@',
  'a:',
  'a@a-',
  'a@aa.aa.',
  '[{',
  ']',
];

const PIECES = [
  'john',
  '@',
  'example.com',
  '.',
  ' ',
  '+49',
  '030',
  '1234567',
  '4111111111111111',
  'DE89370400440532013000',
  'key',
  '=',
  ':',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  'sk-abcdefghij1234567890',
  'Bearer ',
  'password',
  'hunter2',
  '\n',
  'é',
  '🎉',
  '-',
  '/',
  '(',
  ')',
  '[email]',
  'http://',
  'a:b@',
  '0',
  '12',
  'tel ',
];

function msPerCharacter(unit: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length));
  const started = performance.now();
  all.text(text);
  all.json(JSON.stringify({ text }));
  all.text(`{${text}}`);
  return (performance.now() - started) / text.length;
}

function randomText(random: Random): string {
  return Array.from(
    { length: Math.floor(random.next() * 12) },
    () => PIECES[Math.floor(random.next() * PIECES.length)],
  ).join('');
}

function randomValue(random: Random, depth: number): unknown {
  const choice = random.next();
  if (depth === 0 || choice < 0.4) return randomText(random);
  if (choice < 0.5) return [null, true, 1.5, 4111111111111111, -0][Math.floor(random.next() * 5)];
  if (choice < 0.6) return JSON.stringify(randomValue(random, depth - 1));
  const values = Array.from({ length: Math.floor(random.next() * 4) }, () => randomValue(random, depth - 1));
  if (choice < 0.8) return values;
  return Object.fromEntries(
    values.map((value, index) => [['password', 'phone', 'a"b', '__proto__', 'text'][index]!, value]),
  );
}
