import { describe, expect, test } from 'vitest';
import { isLoopback, whyNotLocal } from './local-request.ts';

describe('a request from this machine', () => {
  test.each(['127.0.0.1', '127.8.9.10', '::1', '[::1]', '::ffff:127.0.0.1', 'localhost'])(
    'has the address %s',
    (address) => expect(isLoopback(address)).toBe(true),
  );
  test.each([
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '0.0.0.0',
    '::',
    'fe80::1%eth0',
    '',
    '127.0.0.1.evil.example',
    undefined,
  ])('has not the address %s', (address) => expect(isLoopback(address)).toBe(false));

  test.each(['localhost:4400', '127.0.0.1', '[::1]:80', 'app.localhost', 'LOCALHOST', undefined])(
    'may have the host %s',
    (host) => expect(whyNotLocal(host === undefined ? {} : { host }, '127.0.0.1')).toBeNull(),
  );

  test('is told from one that a proxy or a stranger’s page in a browser sent', () => {
    expect(whyNotLocal({}, '10.1.2.3')).toBe('it comes from 10.1.2.3');
    expect(whyNotLocal({ 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1')).toContain('x-forwarded-for');
    expect(whyNotLocal({ forwarded: 'for=127.0.0.1' }, '::1')).toContain('forwarded');
    expect(whyNotLocal({ 'x-forwarded-for': '127.0.0.1' }, '10.1.2.3')).toBe('it comes from 10.1.2.3');
    expect(whyNotLocal({ host: 'evil.example' }, '127.0.0.1')).toContain('Host header');
    expect(whyNotLocal({ host: '127.0.0.1.evil.example:4400' }, '127.0.0.1')).toContain('Host header');
  });
});
