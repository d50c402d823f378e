import { randomFillSync } from 'node:crypto';

/** Crockford's, in the order of its characters. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

const pool = Buffer.alloc(RANDOM_CHARACTERS * 256);
let used = pool.length;
let lastMs = -1;
let lastTime = '';

/** A new id of an inference that sorts by time: `inf_` and 26 characters (a ULID). */
export function inferenceId(nowMs: number = Date.now()): string {
  return `inf_${sortableId(nowMs)}`;
}

/** The same for feedback whose maker gave it none. */
export function feedbackId(nowMs: number = Date.now()): string {
  return `fb_${sortableId(nowMs)}`;
}

function sortableId(nowMs: number): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = timeText(nowMs);
  }
  return `${lastTime}${randomText()}`;
}

function timeText(nowMs: number): string {
  let rest = nowMs;
  let text = '';
  for (let count = 0; count < TIME_CHARACTERS; count++) {
    text = ALPHABET[rest % 32]! + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function randomText(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let text = '';
  for (const end = used + RANDOM_CHARACTERS; used < end; used++) text += ALPHABET[pool[used]! & 31]!;
  return text;
}
