import type { KeyLimit } from '../../schema/api-key.ts';
import { ApiError } from '../api-error.ts';
import { storeAway } from './access-errors.ts';
import { type DeniedLimit, UNITS_PER_USD } from './key-budget.ts';

/** Some of what others hold is expected back after so many seconds. */
const HELD_RETRY_SECONDS = 1;

/** What a refused call needed. */
export interface RefusedCall {
  readonly key: string;
  /** In the unit of the limit that refused it. */
  readonly needed: number;
  readonly nowMs: number;
}

/** The 429 that says which limit was reached, how much of it is used and when it will work again; 503 when nobody can say. */
export function limitRefusal({ limit, denial, windowEndsAt }: DeniedLimit, call: RefusedCall): ApiError {
  if (denial.why === 'away') return storeAway();
  if (denial.why === 'too-much') return tooMuch(limit, call);
  const isHeld = denial.why === 'held';
  const seconds = isHeld ? HELD_RETRY_SECONDS : secondsUntil(windowEndsAt, call.nowMs);
  const worksAgainAt = seconds === null ? null : new Date(call.nowMs + seconds * 1000).toISOString();
  const words = `${amountOf(denial.used, limit)} of ${described(limit)} used`;
  const reason = isHeld
    ? `calls under way hold the rest and may give some of it back`
    : `this call could use up to ${amountOf(call.needed, limit)}`;
  const again =
    worksAgainAt === null
      ? 'This limit is for good: it takes a new key.'
      : `It works again at ${worksAgainAt}.`;
  return new ApiError({
    status: 429,
    code: limit.what === 'usd' || limit.per === 'ever' ? 'budget_exceeded' : 'rate_limit_exceeded',
    message: `The key ${call.key} has ${words}; ${reason}. ${again}`,
    ...(seconds === null ? {} : { headers: { 'retry-after': String(seconds) } }),
    details: {
      type: limit.what,
      key: call.key,
      limit,
      used: numberOf(denial.used, limit),
      needed: numberOf(call.needed, limit),
      works_again_at: worksAgainAt,
    },
  });
}

/** A key with a budget and a model whose price nobody knows. */
export function unpricedRefusal(key: string, target: string): ApiError {
  const own = !target.includes('/');
  return new ApiError({
    status: 403,
    code: 'price_unknown',
    message: `The key ${key} has a budget in US dollars, and nobody knows what ${target} costs. ${
      own
        ? 'State `machine: { usdPerHour }` in homegrown.config.ts (0 is a price too).'
        : `State it in homegrown.config.ts: prices: { ${JSON.stringify(target)}: { inputPer1mUsd, outputPer1mUsd } }.`
    }`,
    details: { key, target },
  });
}

function tooMuch(limit: KeyLimit, { key, needed }: RefusedCall): ApiError {
  const advice =
    limit.what === 'requests'
      ? ''
      : ' Send less, or ask for less with max_completion_tokens (max_output_tokens for responses).';
  return new ApiError({
    status: 429,
    code: 'call_exceeds_limit',
    message: `This call could use up to ${amountOf(needed, limit)}, more than all of the key ${key}'s ${described(limit)}.${advice}`,
    details: { type: limit.what, key, limit, needed: numberOf(needed, limit), works_again_at: null },
  });
}

function described({ what, per, most }: KeyLimit): string {
  const span = per === 'ever' ? 'in all' : `per ${per}`;
  return `${what === 'usd' ? dollars(most) : `${most} ${what}`} ${span}`;
}

function amountOf(units: number, { what }: KeyLimit): string {
  if (what === 'usd') return dollars(units / UNITS_PER_USD);
  return `${units} ${what}`;
}

function numberOf(units: number, { what }: KeyLimit): number {
  return what === 'usd' ? units / UNITS_PER_USD : units;
}

function dollars(usd: number): string {
  return `$${usd >= 0.01 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2)}`;
}

/** At least 1, so that a client never comes back in the same moment. */
function secondsUntil(endsAt: number, nowMs: number): number | null {
  return endsAt === Infinity ? null : Math.max(1, Math.ceil((endsAt - nowMs) / 1000));
}
