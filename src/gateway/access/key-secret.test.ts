import { describe, expect, test } from 'vitest';
import { hashOfKey, isKeySecret, makeKeySecret } from './key-secret.ts';

describe('key secrets', () => {
  test('are hg_ and 49 characters, all different', () => {
    const secrets = Array.from({ length: 2000 }, makeKeySecret);
    for (const secret of secrets) {
      expect(secret).toMatch(/^hg_[0-9A-Za-z]{49}$/);
      expect(isKeySecret(secret)).toBe(true);
    }
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  test('use all of the 256 bits', () => {
    const values = Array.from({ length: 500 }, () => {
      let value = 0n;
      for (const digit of makeKeySecret().slice(3, 46)) value = value * 62n + BigInt(digitOf(digit));
      return value;
    });
    for (const bit of [0n, 1n, 128n, 254n, 255n]) {
      const ones = values.filter((value) => ((value >> bit) & 1n) === 1n).length;
      expect(ones).toBeGreaterThan(150);
      expect(ones).toBeLessThan(350);
    }
    expect(values.every((value) => value < 1n << 256n)).toBe(true);
  });

  test('with one character changed, lost, doubled or two of them swapped are no keys', () => {
    const secret = makeKeySecret();
    for (let at = 3; at < secret.length; at++) {
      const other = secret[at] === 'a' ? 'b' : 'a';
      expect(isKeySecret(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false);
      expect(isKeySecret(secret.slice(0, at) + secret.slice(at + 1))).toBe(false);
      expect(isKeySecret(secret.slice(0, at) + secret[at] + secret.slice(at))).toBe(false);
      const swapped = secret.slice(0, at) + (secret[at + 1] ?? '') + secret[at] + secret.slice(at + 2);
      if (at + 1 < secret.length && swapped !== secret) expect(isKeySecret(swapped)).toBe(false);
    }
    for (const text of ['', 'hg_', 'sk-abc', ` ${secret}`, `${secret}\n`, secret.toLowerCase()])
      expect(isKeySecret(text)).toBe(false);
  });

  test('are stored as SHA-256', () => {
    expect(hashOfKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

function digitOf(digit: string): number {
  return '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(digit);
}
