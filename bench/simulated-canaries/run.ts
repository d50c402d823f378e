import { parseArgs } from 'node:util';
import type { Random } from '../../src/util/random.ts';
import { callsUntilStopped } from './broken.ts';
import { type DrawWorld, type Outcome, simulateCanaries } from './simulate.ts';

/**
 * Canaries in simulated worlds whose truth is known: how often is an equal one rolled back, and within how many calls is one seen
 * that loses 3 points of acceptance? `node bench/simulated-canaries/run.ts [--worlds 1000] [--seed 1] [--only name;…]`
 */
const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const worlds = Number(values.worlds);
const seed = Number(values.seed);
const wanted = values.only?.split(';');

const PLAIN = { acceptance: 0.8, share: 0.1, feedbackRate: 1, delayCalls: 0, users: null, lookEvery: 1 };
const one = <T>(values: readonly T[], random: Random): T => values[random.integer(values.length)]!;

const KINDS: readonly [name: string, draw: DrawWorld][] = [
  [
    'all mixed',
    (random) => ({
      acceptance: 0.6 + 0.35 * random.next(),
      share: one([0.05, 0.1, 0.2, 0.5], random),
      feedbackRate: 0.1 + 0.9 * random.next(),
      delayCalls: one([0, 100, 2000], random),
      users: one([null, null, { callsEach: 5, spread: 0.1 }, { callsEach: 40, spread: 0.05 }], random),
      lookEvery: one([1, 10, 200], random),
    }),
  ],
  ['plain: acceptance .8, share .1', () => PLAIN],
  ['acceptance .6', () => ({ ...PLAIN, acceptance: 0.6 })],
  ['acceptance .95', () => ({ ...PLAIN, acceptance: 0.95 })],
  ['share .05', () => ({ ...PLAIN, share: 0.05 })],
  ['share .5', () => ({ ...PLAIN, share: 0.5 })],
  ['acceptance .95, share .5', () => ({ ...PLAIN, acceptance: 0.95, share: 0.5 })],
  ['feedback on 10 % of the calls', () => ({ ...PLAIN, feedbackRate: 0.1 })],
  ['verdicts 2,000 calls late, bad ones first', () => ({ ...PLAIN, delayCalls: 2000 })],
  ['a look every 200 calls', () => ({ ...PLAIN, lookEvery: 200 })],
  ['users of 40 calls, spread 10 points', () => ({ ...PLAIN, users: { callsEach: 40, spread: 0.1 } })],
  [
    'few users: of 1,000 calls, spread 10 points',
    () => ({ ...PLAIN, users: { callsEach: 1000, spread: 0.1 } }),
  ],
];

const percent = (count: number): string => `${((count / worlds) * 100).toFixed(1)} %`;
const count = (value: number): string =>
  value === Infinity ? '-' : Math.round(value).toLocaleString('en-US');

function line(name: string, outcome: Outcome, seconds: number): string {
  const { falseAlarms, caught, caughtLater, passedWrongly, passed, statedCalls, medianCalls } = outcome;
  const cells = [
    percent(falseAlarms),
    count(statedCalls),
    percent(caught),
    count(medianCalls),
    percent(caughtLater),
    percent(passed),
    percent(passedWrongly),
    `${seconds.toFixed(0)} s`,
  ];
  return `${name.padEnd(44)}${cells.map((cell) => cell.padStart(11)).join('')}`;
}

console.log(`${worlds} equal and ${worlds} worse canaries of each kind, seed ${seed}`);
const heads = ['false', 'stated', 'caught', 'median', 'caught', 'passed', 'passed', 'took'];
const below = ['alarms', 'calls', 'in time', 'calls', 'later', 'if equal', 'if worse', ''];
for (const row of [heads, below])
  console.log(`${''.padEnd(44)}${row.map((cell) => cell.padStart(11)).join('')}`);
for (const [index, [name, draw]] of KINDS.entries()) {
  if (wanted !== undefined && !wanted.includes(name)) continue;
  const startedAt = performance.now();
  const outcome = simulateCanaries(draw, { worlds, seed: seed + index * 1_000_003 });
  console.log(line(name, outcome, (performance.now() - startedAt) / 1000));
}

if (wanted === undefined || wanted.includes('broken')) showBroken();

function showBroken(): void {
  console.log(
    '\nBroken canaries: calls of the canary until the server stops it (median, 95 of 100, most; not stopped)',
  );
  const BROKEN = [
    ['all calls fail', { failing: 1, slow: 0 }, 1000],
    ['half of the calls fail', { failing: 0.5, slow: 0 }, 1000],
    ['1 of 5 calls fails', { failing: 0.2, slow: 0 }, 10_000],
    ['1 of 20 calls fails', { failing: 0.05, slow: 0 }, 100_000],
    ['all answers too slow', { failing: 0, slow: 1 }, 1000],
    ['half of the answers too slow', { failing: 0, slow: 0.5 }, 1000],
    ['1 of 5 answers too slow', { failing: 0, slow: 0.2 }, 10_000],
    ['at its limits: 2 % fail, 5 % too slow', { failing: 0.02, slow: 0.05 }, 50_000],
    ['healthy: .2 % fail, 1 % too slow', { failing: 0.002, slow: 0.01 }, 50_000],
  ] as const;
  for (const [name, broken, most] of BROKEN) {
    const calls = callsUntilStopped(broken, { worlds, most, seed });
    const at = (share: number): string => count(calls[Math.min(worlds - 1, Math.floor(share * worlds))]!);
    const never = calls.filter((value) => value === Infinity).length;
    console.log(
      `${name.padEnd(44)}${at(0.5).padStart(9)}${at(0.95).padStart(9)}${at(1).padStart(9)}${percent(never).padStart(11)}`,
    );
  }
}
