import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a key of ours begins with, so that people and secret scanners know it. */
const PREFIX = 'hg_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62 ^ 43 is just above 2 ^ 256. */
const RANDOM_LENGTH = 43;
/** 62 ^ 6 is above 2 ^ 32. */
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

/** A new secret: `hg_`, 32 random bytes and their CRC-32, both in base 62. */
export function makeKeySecret(): string {
  const random = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), RANDOM_LENGTH);
  return `${PREFIX}${random}${checksumOf(random)}`;
}

/** Whether it can be a key at all; tells a slip of the pen from a key that nobody knows, without asking the store. */
export function isKeySecret(text: string): boolean {
  if (!FORM.test(text)) return false;
  const checksumAt = PREFIX.length + RANDOM_LENGTH;
  return checksumOf(text.slice(PREFIX.length, checksumAt)) === text.slice(checksumAt);
}

/** What is stored of a key, and how it is found: SHA-256, so that nothing about stored keys shows in how long a look-up takes. */
export function hashOfKey(secret: string): string {
  return hash('sha256', secret);
}

function checksumOf(random: string): string {
  return base62(BigInt(crc32(random)), CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; digits.length < length; rest /= 62n) digits = DIGITS[Number(rest % 62n)]! + digits;
  return digits;
}
