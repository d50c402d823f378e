/**
 * The whole loop on real data: `npm run demo:loop`. A product asks a rented model (played by a stand-in) through the gateway; its users
 * say which answers were right; from that an own model is made, which takes over step by step. The product never changes.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStandIn } from '../test/stand-in/stand-in-for-a-rented-model.ts';
import { type Definition, readDefinitions, TOPICS } from './demo-loop/definitions.ts';
import { Homegrown } from './demo-loop/homegrown.ts';
import { costs, deploymentOf } from './demo-loop/deployment.ts';
import { Product, type Sorted, summaryOf } from './demo-loop/product.ts';
import { Users } from './demo-loop/users.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = join(root, 'demo-project', 'loop');
const ERROR_RATE = 0.15;
const DELAY_MS = 300;
const FIRST_CALLS = 3500;
const WATCHED_CALLS = 500;
const MOST_WATCHED_ROUNDS = 14;
const LAST_CALLS = 1000;

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
  if (line.includes('topic@')) say(`      the server says: ${line}`);
});
const product = new Product(server.url);
const users = new Users(server.url);

try {
  await sort(1);
  chapter(`The product sorts ${FIRST_CALLS} definitions through the gateway. A rented model answers.`);
  const before = await sort(FIRST_CALLS);
  say(lineOf('rented', before));
  say(
    `      its users accepted ${users.accepted} answers and corrected ${users.corrected}; about the rest they said nothing`,
  );

  chapter('$ homegrown climb');
  await homegrown.run('climb');

  chapter('The product goes on. The own model is tried on copies of its calls, then by half of its users.');
  await takeOver();
  const { history } = await deploymentOf(server.url);
  for (const { gate, found } of history.at(-1)?.evidence?.gates ?? []) say(`      ${gate}: ${found}`);

  chapter(`The product, still the same process, sorts ${LAST_CALLS} more.`);
  const after = await sort(LAST_CALLS);
  say(lineOf('own', after));
  say('\n$ homegrown models history');
  await homegrown.run('models', 'history');
  await tellTheStory(before, after);
} finally {
  await product.end();
  await server.stop();
  await rented.close();
}

async function sort(count: number): Promise<Sorted[]> {
  const answers = await product.sort(take(count), ({ asked, got }) => users.see(asked, got));
  await users.finish();
  return answers;
}

/** Lets the product go on until the own model is live. */
async function takeOver(): Promise<void> {
  for (let round = 1; round <= MOST_WATCHED_ROUNDS; round++) {
    const answers = await sort(WATCHED_CALLS);
    const own = answers.filter(isOwn).length;
    say(`      ${answers.length - own} answered by the rented model, ${own} by the own one`);
    const { live, canary, shadow } = await deploymentOf(server.url);
    if (live !== null) return;
    if (canary === null && shadow === null) throw new Error('the own model was taken back');
  }
  throw new Error(`the own model was not live after ${MOST_WATCHED_ROUNDS} rounds`);
}

async function tellTheStory(before: readonly Sorted[], after: readonly Sorted[]): Promise<void> {
  const [was, is] = [summaryOf(before), summaryOf(after)];
  const cost = await costs(project);
  const row = (what: string, rentedSays: string, ownSays: string): void =>
    say(`${what.padEnd(20)}${rentedSays.padStart(14)}${ownSays.padStart(14)}`);
  say('');
  row('', 'rented', 'own');
  row('right', percent(was.accuracy), percent(is.accuracy));
  row('median', `${was.p50Ms.toFixed(1)} ms`, `${is.p50Ms.toFixed(1)} ms`);
  row('95 of 100 within', `${was.p95Ms.toFixed(1)} ms`, `${is.p95Ms.toFixed(1)} ms`);
  row('1,000 calls', usd(cost.rentedPer1k), usd(cost.ownPer1k));
  say(
    `\nThe rented model is a stand-in, wrong on ${percent(ERROR_RATE)} of the texts after ${DELAY_MS} ms: settings, not findings. The own model` +
      '\nsaw only what users had accepted or corrected; "right" is counted on definitions that came later.',
  );
  const own = after.filter(isOwn).length;
  if (own < after.length)
    throw new Error(`only ${own} of the last ${after.length} calls were answered by the own model`);
  if (is.accuracy <= was.accuracy - 0.03) throw new Error('the own model is worse than the rented one');
}

function isOwn({ got }: Sorted): boolean {
  return got.model.startsWith('topic@');
}

function lineOf(who: string, answers: readonly Sorted[]): string {
  const { accuracy, p50Ms, p95Ms } = summaryOf(answers);
  const models = [...new Set(answers.map(({ got }) => got.model))].join(', ');
  return `      ${who}: ${percent(accuracy)} right, ${p50Ms.toFixed(1)} ms at the median, 95 of 100 within ${p95Ms.toFixed(1)} ms (answered by ${models})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function usd(value: number | null): string {
  return value === null ? 'unknown' : `$${value.toFixed(4)}`;
}
