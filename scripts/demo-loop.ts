/**
 * The whole loop on real data: `npm run demo:loop`. A product asks a rented model (played by a stand-in) through the gateway; its users
 * say which answers were right; from that an own model is made, which takes over step by step. The product never changes.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startStandIn } from '../test/stand-in/stand-in-for-a-rented-model.ts';
import { type Definition, readDefinitions, TOPICS } from './demo-loop/definitions.ts';
import { Homegrown } from './demo-loop/homegrown.ts';
import { type ProductRun, runProduct, summaryOf } from './demo-loop/product-run.ts';
import { costs, deploymentOf } from './demo-loop/deployment.ts';
import { Users } from './demo-loop/users.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = join(root, 'demo-project', 'loop');
const ERROR_RATE = 0.15;
const DELAY_MS = 300;
const FIRST_CALLS = 4500;
const WATCHED_CALLS = 600;
const MOST_WATCHED_ROUNDS = 14;
const LAST_CALLS = 2000;

const started = performance.now();
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const chapter = (text: string): void =>
  say(`\n${((performance.now() - started) / 1000).toFixed(0)} s  ${text}`);

const definitions = await readDefinitions();
const take = (count: number): Definition[] => definitions.splice(0, count);
const gold = new Map(definitions.map(({ text, topic }) => [text, topic]));

await rm(project, { recursive: true, force: true });
await mkdir(project, { recursive: true });
await copyFile(join(root, 'examples/loop/homegrown.config.ts'), join(project, 'homegrown.config.ts'));
const rented = await startStandIn({
  goldLabels: (text) => gold.get(text),
  labels: TOPICS,
  errorRate: ERROR_RATE,
  delayMs: DELAY_MS,
});
const homegrown = new Homegrown(project, { RENTED_URL: rented.baseUrl });
const server = await homegrown.serve((line) => {
  if (/promot|topic@|shadow|canary|live/.test(line)) say(`      the server says: ${line}`);
});
const users = new Users(server.url);
const see: Parameters<typeof runProduct>[2] = (asked, got) => users.see(asked, got);

try {
  chapter(`The product sorts ${FIRST_CALLS} definitions through the gateway. A rented model answers.`);
  const before = await runProduct(server.url, take(FIRST_CALLS), see);
  await users.finish();
  say(lineOf('rented', before));
  say(
    `      its users accepted ${users.accepted} answers and corrected ${users.corrected}; of the rest nobody said anything`,
  );

  chapter('$ homegrown climb');
  await homegrown.run('climb');

  chapter(
    'The product goes on. The own model is tried on copies, then on half of the users, then it answers.',
  );
  const rounds = await takeOver();

  chapter(`The product sorts ${LAST_CALLS} more.`);
  const after = await runProduct(server.url, take(LAST_CALLS), see);
  await users.finish();
  say(lineOf('own', after));
  say('\n$ homegrown models history');
  await homegrown.run('models', 'history');
  await tellTheStory(before, after, rounds);
} finally {
  await server.stop();
  await rented.close();
}

/** Lets the product go on until the own model is live. */
async function takeOver(): Promise<number> {
  for (let round = 1; round <= MOST_WATCHED_ROUNDS; round++) {
    const run = await runProduct(server.url, take(WATCHED_CALLS), see);
    await users.finish();
    const own = run.answers.filter(({ got }) => got.model.startsWith('topic@'));
    say(
      `      ${run.answers.length - own.length} answered by the rented model, ${own.length} by the own one`,
    );
    // The gates are looked at every second.
    await sleep(2500);
    const { live, canary, shadow } = await deploymentOf(server.url);
    if (live !== null) return round;
    if (canary === null && shadow === null) throw new Error('the own model was taken back');
  }
  throw new Error(`the own model was not live after ${MOST_WATCHED_ROUNDS} rounds`);
}

function lineOf(
  who: string,
  { accuracy, p50Ms, p95Ms, answers }: Pick<ProductRun, 'accuracy' | 'p50Ms' | 'p95Ms' | 'answers'>,
): string {
  const models = [...new Set(answers.map(({ got }) => got.model))].join(', ');
  return `      ${who}: ${percent(accuracy)} right, ${p50Ms.toFixed(1)} ms at the median, ${p95Ms.toFixed(1)} ms for 95 of 100 (answered by ${models})`;
}

async function tellTheStory(before: ProductRun, after: ProductRun, rounds: number): Promise<void> {
  const own = after.answers.filter(({ got }) => got.model.startsWith('topic@'));
  const cost = await costs(project);
  const summary = summaryOf(own);
  const row = (what: string, was: string, is: string): void =>
    say(`${what.padEnd(28)}${was.padStart(16)}${is.padStart(16)}`);
  say('');
  row('', 'rented', 'own');
  row('right', percent(before.accuracy), percent(summary.accuracy));
  row('median', `${before.p50Ms.toFixed(1)} ms`, `${summary.p50Ms.toFixed(1)} ms`);
  row('95th percentile', `${before.p95Ms.toFixed(1)} ms`, `${summary.p95Ms.toFixed(1)} ms`);
  row('1,000 calls', usd(cost.rentedPer1k), usd(cost.ownPer1k));
  row('answered after the climb', '', `${own.length} of ${after.answers.length}`);
  say(
    `\nThe same product, unchanged, got the own model's answers after ${rounds} rounds of ${WATCHED_CALLS} calls.\n` +
      `The rented model is a stand-in that is wrong on ${percent(ERROR_RATE)} of the texts and takes ${DELAY_MS} ms: its figures are settings, not a finding.\n` +
      'The own model saw only what users had accepted or corrected; "right" is measured on definitions that came later.',
  );
  if (own.length < after.answers.length)
    throw new Error('not all of the last calls were answered by the own model');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function usd(value: number | null): string {
  return value === null ? 'unknown' : `$${value.toFixed(4)}`;
}
