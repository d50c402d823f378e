import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { redactionKindSchema } from '../../schema/capture-config.ts';
import { redactor } from './redactor.ts';

const { text } = redactor({ redact: [...redactionKindSchema.options] });

const GOLDENS = new URL('../../../test/goldens/phone-numbers.json', import.meta.url);

/** Joined from halves, so that no scanner of repositories takes them for keys that leaked. */
const key = (...parts: string[]): string => parts.join('');
const ALNUM = '8f3KdPq02LxZmW7vTn4RyB6cHs1JgEa9UoXi5DwQ';
const HEX = 'd41d8cd98f00b204e9800998ecf8427e';

describe('e-mail addresses', () => {
  test.each([
    ['write to john.doe@example.com today', 'write to [email] today'],
    ['<john@example.co.uk>, "jane+news@sub.example.org".', '<[email]>, "[email]".'],
    ['mailto:x_y%z@a-b.io?subject=hi', 'mailto:[email]?subject=hi'],
    ["O'Brien@example.ie said 'bob@example.com'", "[email] said '[email]'"],
    ['jörg@müller.de und José@ejemplo.es', '[email] und [email]'],
    ['联系我:abc@example.cn。', '联系我:[email]。'],
    ['a@b.co', '[email]'],
    ['JOHN@EXAMPLE.COM', '[email]'],
    ['user@xn--mller-kva.de', '[email]'],
    ['next=/inbox?to=john%40example.com&x=1', 'next=/inbox?to=[email]&x=1'],
    ['me@example.com,you@example.com;them@example.com', '[email],[email];[email]'],
    ['ends with john@example.com.', 'ends with [email].'],
    ['ends with john@example.com-', 'ends with [email]-'],
  ])('%s', (given, expected) => expect(text(given)).toBe(expected));

  test.each([
    'npm i @types/node@24.19.2 openai@latest',
    '![logo](logo@2x.png)',
    'git clone git@github.com:owner/repository.git',
    '@app.route("/") and @Injectable()',
    'follow @someone on x',
    'meet @ 5.30 pm',
    'root@localhost:~$ ls',
    'a @ b.com',
    'x@y.z',
    '@example.com',
    'foo@-bar.com',
    'matrix A@B and a@1.5',
  ])('%s stays', (given) => expect(text(given)).toBe(given));
});

describe('phone numbers', () => {
  const { numbers } = JSON.parse(readFileSync(GOLDENS, 'utf8')) as { numbers: [string, string, string][] };

  test('of every country in their international form, with and without spaces', () => {
    expect(numbers.length).toBeGreaterThan(240);
    for (const [, international] of numbers) {
      expect(text(`Ich bin ${international} da.`)).toBe('Ich bin [phone] da.');
      expect(text(international.replaceAll(' ', ''))).toBe('[phone]');
      expect(text(`tel:${international.replaceAll(' ', '-')}`)).toBe('tel:[phone]');
    }
  });

  test('of every country in their national form, behind a word for it', () => {
    const missed = numbers.filter(
      ([, , national]) => text(`my phone number is ${national}, ok`) !== 'my phone number is [phone], ok',
    );
    // Shorter than seven digits, or with a lone digit in brackets.
    expect(missed.map(([country]) => country)).toMatchInlineSnapshot(`
      [
        "AC",
        "AD",
        "CK",
        "FK",
        "FO",
        "GL",
        "NC",
        "NF",
        "SH",
        "TA",
        "TK",
        "TV",
        "WF",
      ]
    `);
  });

  test.each([
    ['call (212) 555-0123 or 1-212-555-0123', 'call [phone] or [phone]'],
    ['212.555.0123 / 212 555 0199', '[phone] / [phone]'],
    ['030 1234567', '[phone]'],
    ['(0151) 23456789', '[phone]'],
    ['0151/23456789', '[phone]'],
    ['06 12 34 56 78 ou 06.12.34.56.78', '[phone] ou [phone]'],
    ['020 7946 0958', '[phone]'],
    ['07700900123', '[phone]'],
    ['+49 (0)30 1234-5678', '[phone]'],
    ['+1.212.555.0123', '[phone]'],
    ['0049 30 1234567', '[phone]'],
    ['+44 20 7946 0958', '[phone]'],
    ['(11) 96123-4567', '[phone]'],
    ['Handy: 15123456789', 'Handy: [phone]'],
    ['WhatsApp me at 5511961234567', 'WhatsApp me at [phone]'],
    ['fax 555-1234', 'fax [phone]'],
    ['2024-01-15 030 1234567', '2024-01-15 [phone]'],
    ['call +49 30 1234567 2 times', 'call [phone] 2 times'],
    ['+49 30 1234567, +49 30 7654321', '[phone], [phone]'],
    ['+49\u00A030\u00A01234567', '[phone]'],
    ['+49 30 123–4567', '[phone]'],
  ])('%s', (given, expected) => expect(text(given)).toBe(expected));

  test.each([
    'from 2024-01-15 to 2024-12-31',
    '15.01.2024 10:30, 01/02/2024, 01-02-24 1030',
    '2024-01-15T10:30:00.000Z',
    'at 1700000000 and 1700000000123 ms',
    '192.168.100.200 and 010.020.030.040',
    '3.14159265358979 or 0.123456789 or -0.12345678',
    'lat 52.520008, lon 13.404954',
    '1,234,567.89 EUR and 1.234.567,89 EUR',
    '550e8400-e29b-41d4-a716-446655440000',
    'ISBN 0306406152 and ISBN 978-3-16-148410-0',
    'ISBN 0-306-40615-2',
    'order 0123456789 and invoice no. 0212345678',
    'version 10.15.7.1234567',
    'commit 1234567 and abc1234567',
    '#12345678',
    'rows 1000000 to 2000000',
    '10000000000',
    'x86_64-1234567',
    '1 2 3 4 5 6 7 8 9 10',
    '12 34 56 78 90 12 34 56 78 90',
    '16:9 1920x1080 2560x1440',
    '+5 -3 +12 (2024)',
    'EAN 0012345678905',
    '50 000 000 people',
    'AB-030-1234567',
  ])('%s stays', (given) => expect(text(given)).toBe(given));
});

describe('cards', () => {
  test.each([
    ['4111111111111111', 'Visa'],
    ['4111 1111 1111 1111', 'Visa'],
    ['4111-1111-1111-1111', 'Visa'],
    ['4222222222222', 'Visa, 13 digits'],
    ['5555 5555 5555 4444', 'Mastercard'],
    ['2223003122003222', 'Mastercard, 2 series'],
    ['378282246310005', 'American Express'],
    ['3782 822463 10005', 'American Express'],
    ['6011111111111117', 'Discover'],
    ['3530111333300000', 'JCB'],
    ['30569309025904', 'Diners'],
    ['6200000000000005', 'UnionPay'],
    ['6304000000000000', 'Maestro'],
    ['2200000000000004', 'Mir'],
  ])('%s (%s)', (number) => {
    expect(text(`card ${number} thanks`)).toBe('card [card] thanks');
    expect(text(number)).toBe('[card]');
  });

  test.each([
    ['4111 1111 1111 1111 12/26 123', '[card] 12/26 123'],
    ['No. 4111111111111111, exp 01/30', 'No. [card], exp 01/30'],
    ['{"card": 4111111111111111}', '{"card": "[card]"}'],
  ])('%s', (given, expected) => expect(text(given)).toBe(expected));

  test.each([
    '4111111111111112',
    '1234567812345670',
    '0000000000000000',
    '41111111111111111111111',
    'a4111111111111111',
    '4111111111111111b',
    '1700000000000',
    '9007199254740993',
  ])('%s stays', (given) => expect(text(given)).toBe(given));
});

describe('IBANs', () => {
  test.each([
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'de89 3704 0044 0532 0130 00',
    'GB29 NWBK 6016 1331 9268 19',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NO9386011117947',
    'MT84MALT011000012345MTLCAST001S',
    'CH93-0076-2011-6238-5295-7',
    'BR15 0000 0000 0000 1093 2840 814 P2',
  ])('%s', (given) => expect(text(`an ${given}!`)).toBe('an [iban]!'));

  test.each([
    'DE88370400440532013000',
    'DE8937040044053201300',
    'DE893704004405320130001',
    'XX89370400440532013000',
    'xDE89370400440532013000',
    'DE12 is a route',
    'SE25 model, NO10, FR99',
  ])('%s stays', (given) => expect(text(given)).toBe(given));

  test('of a million random accounts of the right form about one in 97 passes', () => {
    let passed = 0;
    for (let account = 0; account < 9700; account++)
      if (text(`DE${10 + (account % 88)}${String(account * 7919).padStart(18, '0')}`).startsWith('['))
        passed++;
    expect(passed).toBeGreaterThan(50);
    expect(passed).toBeLessThan(150);
  });
});

describe('keys of known providers', () => {
  test.each([
    key('sk', '-', ALNUM),
    key('sk-', 'proj-', ALNUM, '_', ALNUM),
    key('sk-', 'ant-api03-', ALNUM, '-', ALNUM),
    key('sk', '_live_', ALNUM.slice(0, 24)),
    key('AK', 'IA', 'IOSFODNN7EXAMPLE'),
    key('gh', 'p_', ALNUM.slice(0, 36)),
    key('github', '_pat_', ALNUM, ALNUM),
    key('gl', 'pat-', ALNUM.slice(0, 20)),
    key('xo', 'xb-', '123456789012-', ALNUM.slice(0, 24)),
    key('AI', 'za', ALNUM.slice(0, 35)),
    key('np', 'm_', ALNUM.slice(0, 36)),
    key('h', 'f_', ALNUM.slice(0, 34)),
    key('gs', 'k_', ALNUM, ALNUM.slice(0, 12)),
    key('r', '8_', ALNUM.slice(0, 37)),
    key('S', 'G.', ALNUM.slice(0, 22), '.', ALNUM),
    key('ey', 'JhbGciOiJIUzI1NiJ9.', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0.', ALNUM),
    key('key', '-', HEX),
  ])('%s', (given) => {
    expect(text(`use ${given} now`)).toBe('use [key] now');
    expect(text(`"${given}"`)).toBe('"[key]"');
    expect(text(`curl -H 'Authorization: Bearer ${given}' x`)).toBe(
      "curl -H 'Authorization: Bearer [key]' x",
    );
  });

  test('a private key, whole and cut', () => {
    const body = `${ALNUM}\n${ALNUM}`;
    const [begin, end] = [
      key('-----BEGIN ', 'RSA PRIVATE KEY-----'),
      key('-----END ', 'RSA PRIVATE KEY-----'),
    ];
    expect(text(`a\n${begin}\n${body}\n${end}\nb`)).toBe('a\n[key]\nb');
    expect(text(`a\n${begin}\n${body}`)).toBe('a\n[key]');
    const open = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
    expect(text(open)).toBe(open);
  });

  test.each([
    'sk-learn and sk-something-with-only-words-in-it',
    'pip install hf_transfer npm_config_registry',
    'the AKIA prefix, AKIA1234',
    'eyJhbGciOiJIUzI1NiJ9 alone is no token',
    'task-1234567890123456789012',
    'pypi-server key-value ghp_short',
  ])('%s stays', (given) => expect(text(given)).toBe(given));
});

describe('secrets behind their name', () => {
  test.each([
    ['password: hunter2!', 'password: [key]'],
    ['password=hunter2', 'password=[key]'],
    ['PGPASSWORD=s3cr3t psql', 'PGPASSWORD=[key] psql'],
    ['Passwort: geheim123', 'Passwort: [key]'],
    ['{"password":"hunter2"}', '{"password":"[key]"}'],
    ["db_password = 'correct horse'", "db_password = 'correct horse'"],
    [`api_key="${HEX}"`, 'api_key="[key]"'],
    [`export OPENAI_API_KEY=${ALNUM}`, 'export OPENAI_API_KEY=[key]'],
    [`x-api-key: ${ALNUM}`, 'x-api-key: [key]'],
    [`"client_secret": "${ALNUM}"`, '"client_secret": "[key]"'],
    [`clientSecret: '${ALNUM}',`, "clientSecret: '[key]',"],
    [`?access_token=${ALNUM}&page=2`, '?access_token=[key]&page=2'],
    [`aws_secret_access_key = ${ALNUM}`, 'aws_secret_access_key = [key]'],
    [`token => "${ALNUM}"`, 'token => "[key]"'],
    [`AccountKey=${ALNUM}==;Endpoint=x`, 'AccountKey=[key];Endpoint=x'],
    [`key=${ALNUM}`, 'key=[key]'],
    ['Authorization: Basic dXNlcjpwYXNzd29yZA==', 'Authorization: Basic [key]'],
    ['postgres://app:s3cret@db.example.com/x', 'postgres://app:[key]@db.example.com/x'],
    [String.raw`"{\"password\":\"hunter2\"}"`, String.raw`"{\"password\":\"[key]\"}"`],
  ])('%s', (given, expected) => expect(text(given)).toBe(expected));

  test.each([
    'password: required',
    'Password: <your password>',
    'password = process.env.DB_PASSWORD1',
    'apiKey: ${API_KEY_2}',
    'api_key="your-api-key-1"',
    'token: string; key: string1',
    'max_tokens: 4096, total_tokens=123456',
    'secret: the 1st answer',
    'api_key=xxxxxxxxxxxx1234',
    'key: 550e8400-e29b-41d4-a716-446655440000',
    'primary key = user_id_1',
    'The key: never give up, 2 be honest',
    'monkey=banana12345678901234567890',
    'https://example.com:8080/a@b',
    'Bearer of bad news 123',
    'Basic understanding of 3 things',
  ])('%s stays', (given) => expect(text(given)).toBe(given));
});
