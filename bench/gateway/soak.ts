/**
 * Mixed load with faults for a long time: `npm run soak:gateway -- [--minutes 60] [--rate 100] [--plot file.svg] [--write file.json]`.
 * Prints one JSON document, and ends with 1 when memory, handles or latency grow, a call is unaccounted for or one was answered wrongly.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { firstLine, startProgram, stopProgram } from './child.ts';
import { accountOf, type Account } from './soak/account.ts';
import { SoakFeedback } from './soak/soak-feedback.ts';
import { soakLoad } from './soak/soak-load.ts';
import { soakPlot, type Sample } from './soak/soak-plot.ts';
import { makeSoakProject } from './soak/soak-project.ts';
import type { SoakStats } from './soak/soak-server.ts';
import { SoakTally } from './soak/soak-tally.ts';
import { verdictOf } from './soak/soak-verdict.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    plot: { type: 'string' },
    write: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
const STRETCHES = 60;

/** The gateway under load. */
class SoakedGateway {
  readonly port: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(project: string): Promise<SoakedGateway> {
    const script = fileURLToPath(new URL('soak/soak-server.ts', import.meta.url));
    const child = fork(script, [project], { execArgv: ['--expose-gc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new SoakedGateway(child, port);
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** After a garbage collection. */
  async stats(): Promise<SoakStats> {
    this.#child.send('collect');
    const [stats] = (await once(this.#child, 'message')) as [SoakStats];
    return stats;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.send('stop');
    await exit;
  }
}

async function run(
  gateway: SoakedGateway,
): Promise<{ tally: SoakTally; feedback: SoakFeedback; samples: Sample[] }> {
  const feedback = new SoakFeedback(gateway.baseUrl);
  const tally = new SoakTally();
  const samples: Sample[] = [];
  let isRunning = true;
  const load = soakLoad({
    port: gateway.port,
    upstreamPort: Number(new URL(upstreamUrl).port),
    rate,
    seconds: 60 * minutes,
    seed: 1,
    ended: (outcome) => {
      tally.add(outcome);
      feedback.consider(outcome);
    },
    endedDirect: (outcome) => tally.addDirect(outcome),
  }).finally(() => {
    isRunning = false;
  });
  const stretchMs = (60_000 * minutes) / STRETCHES;
  for (let stretch = 1; isRunning && stretch <= STRETCHES; stretch++) {
    await Promise.race([load, sleep(stretchMs)]);
    samples.push({ ...tally.takeStretch(), ...(await gateway.stats()) });
    const { calls, p50Ms, p99Ms, directP50Ms, rssBytes } = samples.at(-1)!;
    console.error(
      `${stretch}/${STRETCHES}: ${calls} calls, p50 ${p50Ms?.toFixed(1)} ms, p99 ${p99Ms?.toFixed(1)} ms (without the gateway ${directP50Ms?.toFixed(1)} ms), ${(rssBytes / 1e6).toFixed(0)} MB, wrong ${tally.wrongCount}`,
    );
  }
  await load;
  await feedback.finish();
  return { tally, feedback, samples };
}

const script = fileURLToPath(new URL('../../test/stand-in/faulty-upstream.ts', import.meta.url));
const upstream = startProgram(process.execPath, [script], { readsStdout: true });
const upstreamUrl = await firstLine(upstream);
const project = await makeSoakProject(upstreamUrl);
const gateway = await SoakedGateway.start(project);
const before = await gateway.stats();
const { tally, feedback, samples } = await run(gateway);
await sleep(2000);
const idle = await gateway.stats();
const account: Account = await accountOf({ gateway, project, tally, feedback });
await stopProgram(upstream);
await rm(project, { recursive: true, force: true });

const verdict = verdictOf({ minutes, samples, before, idle, tally, account });
if (values.plot !== undefined) await writeFile(values.plot, soakPlot(samples, minutes));
const document = {
  minutes,
  rate,
  ...verdict,
  byEnd: tally.byEnd,
  account,
  wrong: tally.wrong,
  byKind: Object.fromEntries([...tally.byKind].toSorted(([a], [b]) => (a < b ? -1 : 1))),
};
if (values.write !== undefined)
  await writeFile(values.write, `${JSON.stringify({ ...document, samples }, null, 1)}\n`);
process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
process.exitCode = verdict.isGood ? 0 : 1;
