import { describe, expect, test } from 'vitest';
import { parseDuration } from '../parse-duration.ts';
import { parseKeyLimit } from '../parse-key-limit.ts';

describe('limits on the command line', () => {
  test.each([
    ['100requests/minute', { what: 'requests', per: 'minute', most: 100 }],
    ['1request/ever', { what: 'requests', per: 'ever', most: 1 }],
    ['2Mtokens/day', { what: 'tokens', per: 'day', most: 2_000_000 }],
    ['5k tokens/hour', { what: 'tokens', per: 'hour', most: 5000 }],
    ['0.5usd/month', { what: 'usd', per: 'month', most: 0.5 }],
    ['$20USD/month', { what: 'usd', per: 'month', most: 20 }],
  ])('%s', (text, limit) => expect(parseKeyLimit(text)).toEqual(limit));

  test.each(['', '20usd', '20/month', 'usd/month', '-1usd/month', '0usd/month', '20eur/month', '20usd/year'])(
    '%j is none',
    (text) => expect(() => parseKeyLimit(text)).toThrow(expect.objectContaining({ code: 'keys/bad-limit' })),
  );
});

test('durations on the command line', () => {
  expect([parseDuration('90d'), parseDuration('12h'), parseDuration('30m')]).toEqual([
    7_776_000_000, 43_200_000, 1_800_000,
  ]);
  expect([parseDuration('90'), parseDuration('d'), parseDuration('2027-01-31')]).toEqual([null, null, null]);
});
