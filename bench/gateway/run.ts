/**
 * Our gateway, Portkey's and LiteLLM's on the same load: `npm run bench:gateway -- [--rounds 5] [--seconds 8] [--only name,…]
 * [--scenarios name,…] [--write file.json] [--cpu-profile directory]`. Needs `cc`, `npm`, `python3` and Debian's `postgresql`.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Contestant } from './contestant.ts';
import { type Measured, measure, putLoad } from './measure.ts';
import { type OursOptions, startOurs, startOursOnPostgres } from './ours.ts';
import { startBareNode, startLitellm, startPortkey, startUpstream } from './peers.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { claimsOf, claimsTable, scenarioTable } from './show.ts';
import { rowsOf } from './summary.ts';
import { prepareTools, type Tools } from './tools.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string' },
    scenarios: { type: 'string' },
    'cpu-profile': { type: 'string' },
    write: { type: 'string' },
  },
});

const OURS = 'ours, async';
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const scenarios = SCENARIOS.filter(
  ({ name }) => values.scenarios === undefined || values.scenarios.split(';').includes(name),
);

/** Calls that a contestant answered, warm-up included. */
const answered = new Map<string, number>();

async function startAll(tools: Tools, upstream: Contestant): Promise<Contestant[]> {
  const ours = (
    name: string,
    capture: OursOptions['capture'],
    more: Partial<OursOptions> = {},
  ): (() => Promise<Contestant>) => {
    const profile = values['cpu-profile'];
    const nodeOptions = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    return () => startOurs({ name, capture, upstreamPort: upstream.port, nodeOptions, ...more });
  };
  const starts: [string, () => Promise<Contestant>][] = [
    [OURS, ours(OURS, 'async')],
    ['ours, sync', ours('ours, sync', 'sync')],
    ['ours, off', ours('ours, off', 'off')],
    [
      'ours, Postgres',
      () => startOursOnPostgres((postgresUrl) => ours('ours, Postgres', 'async', { postgresUrl })()),
    ],
    ['bare Node', () => startBareNode(upstream.port)],
    ['Portkey', () => startPortkey(tools, upstream.port)],
    ['LiteLLM', () => startLitellm(tools, upstream.port)],
  ];
  const wanted = values.only?.split(';') ?? starts.map(([name]) => name);
  const contestants: Contestant[] = [];
  for (const [name, start] of starts) if (wanted.includes(name)) contestants.push(await start());
  return contestants;
}

async function oneRound(
  tools: Tools,
  contestants: readonly Contestant[],
  round: number,
): Promise<Measured[]> {
  const results: Measured[] = [];
  for (const scenario of scenarios) {
    // Who comes first changes from round to round.
    const order = contestants.map((_, index) => contestants[(index + round) % contestants.length]!);
    for (const contestant of order) {
      const suited = suit(scenario, contestant);
      const measured = await measure(tools, contestant, { scenario: suited, seconds, round });
      count(contestant, measured.load.requests - measured.load.failures);
      results.push(measured);
      console.error(
        `round ${round} ${scenario.name}, ${contestant.name}: ${measured.load.perSecond.toFixed(0)}/s, p50 ${measured.load.latencyMs?.p50.toFixed(2)} ms, ` +
          `p99 ${measured.load.latencyMs?.p99.toFixed(2)} ms, CPU ${measured.cpuMsPerCall?.toFixed(3)} ms a call, failed ${measured.load.failures} ${measured.load.firstFailure}`,
      );
    }
  }
  return results;
}

function suit(scenario: Scenario, { heldRate }: Contestant): Scenario {
  return scenario.rate === null || heldRate === null || heldRate >= scenario.rate
    ? scenario
    : { ...scenario, rate: heldRate };
}

function count(contestant: Contestant, calls: number): void {
  answered.set(contestant.name, (answered.get(contestant.name) ?? 0) + calls);
}

async function warmUp(tools: Tools, contestants: readonly Contestant[]): Promise<void> {
  for (const contestant of contestants) {
    for (const scenario of scenarios) {
      const load = await putLoad(tools, contestant, {
        scenario: suit(scenario, contestant),
        seconds: Math.min(3, seconds),
        round: 0,
      });
      count(contestant, load.requests - load.failures);
      if (load.failures > 0) throw new Error(`${contestant.name} fails already: ${load.firstFailure}`);
    }
  }
}

/** Stops all and says for each of ours how many of its answered calls it kept. */
async function stopAll(contestants: readonly Contestant[]): Promise<Record<string, object>> {
  const kept: Record<string, object> = {};
  for (const contestant of contestants) {
    await contestant.stop();
    const captured = await contestant.captured?.();
    if (captured !== undefined)
      kept[contestant.name] = { answered: answered.get(contestant.name) ?? 0, captured };
  }
  return kept;
}

const tools = await prepareTools();
const upstream = await startUpstream(tools);
const contestants = await startAll(tools, upstream);
const all = [upstream, ...contestants];
await warmUp(tools, all);
const results: Measured[] = [];
for (let round = 1; round <= rounds; round++) results.push(...(await oneRound(tools, all, round)));
const captured = await stopAll(contestants);
await upstream.stop();

const rows = rowsOf(results, upstream.name);
const claims = claimsOf(results, rows, OURS);
const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
const versions = Object.fromEntries(contestants.map(({ name, version }) => [name, version]));
const document = {
  at: new Date().toISOString(),
  machine,
  versions,
  rounds,
  seconds,
  claims,
  captured,
  rows,
  results,
};
if (values.write !== undefined) await writeFile(values.write, `${JSON.stringify(document, null, 1)}\n`);
console.log(`${claimsTable(claims)}\n`);
for (const { name } of scenarios)
  console.log(`${scenarioTable(rows.filter(({ scenario }) => scenario === name))}\n`);
console.log(`answered and kept: ${JSON.stringify(captured)}`);
