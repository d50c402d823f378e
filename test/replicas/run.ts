import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, Load, type SeenCall } from './callers.ts';
import type { Replica } from './replica.ts';
import { type Scene, setTheScene } from './scene.ts';

/**
 * Two `homegrown serve` on one Postgres, with disks of their own: promotion, canary, budgets, an empty disk, and Postgres killed under
 * load. `node test/replicas/run.ts`
 */
const results: { what: string; passed: boolean; saw: string }[] = [];

function note(what: string, passed: boolean, saw: string): void {
  results.push({ what, passed, saw });
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${what}: ${saw}\n`);
}

const failuresOf = (calls: readonly SeenCall[]): SeenCall[] => calls.filter(({ status }) => status !== 200);

async function step({ adminKey, replicas: [one] }: Scene, body: object): Promise<void> {
  const response = await fetch(`${one.url}/api/v1/deployments/topic`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** A replica whose disk had nothing on it answers with the live model, fetched and verified. */
async function emptyDisk({ replicas, directories, productKey }: Scene): Promise<void> {
  const answer = await call(replicas[1], { key: productKey, user: 'ann' });
  const isThere = await access(join(directories[1], '.homegrown/models/topic/1/homegrown.json')).then(
    () => true,
    () => false,
  );
  note(
    'a replica with an empty disk serves the live model',
    answer.target === 'topic@1' && isThere,
    `${answer.status} by ${answer.target}, files ${isThere ? 'on its disk' : 'missing'}`,
  );
}

/** A promotion on one replica is seen on both within two seconds, and no call is dropped. */
async function promotion(scene: Scene): Promise<void> {
  const load = new Load(scene.replicas, { key: scene.productKey, callersEach: 8, pauseMs: 5 });
  for (const version of [2, 1, 2]) {
    await sleep(1500);
    const startedAt = performance.now();
    await step(scene, { action: 'promote', version, reason: 'a replica test' });
    const askedAt = performance.now();
    await sleep(2500);
    for (const { name } of scene.replicas) {
      const after = load.calls.filter(({ replica, at }) => replica === name && at >= startedAt);
      const first = after.find(({ target }) => target === `topic@${version}`);
      const last = after.findLast(({ target }) => target !== null && target !== `topic@${version}`);
      const seenAfter = first === undefined ? Infinity : first.at - askedAt;
      const doneAfter = last === undefined ? 0 : last.at - askedAt;
      note(
        `promotion of topic@${version} is seen by replica ${name} within 2 s`,
        seenAfter < 2000 && doneAfter < 2000,
        `first answer by it ${Math.round(seenAfter)} ms after, last one by the other ${Math.round(doneAfter)} ms after the request was answered`,
      );
    }
  }
  const calls = await load.stop();
  const failures = failuresOf(calls);
  note(
    'no call is dropped by promotions',
    failures.length === 0,
    `${failures.length} of ${calls.length} failed${shown(failures)}`,
  );
}

/** The share of users, and each of them always on the same side, whichever replica is asked. */
async function canary(scene: Scene): Promise<void> {
  const share = 0.3;
  await step(scene, { action: 'canary', version: 1, share, reason: 'a replica test' });
  await sleep(2500);
  const users = Array.from({ length: 400 }, (_, index) => `user-${index}`);
  const sides = new Map<string, Set<string | null>>();
  const failures: SeenCall[] = [];
  for (let round = 0; round < 2; round++) {
    for (const replica of scene.replicas) {
      const calls = await inTens(users, (user) => call(replica, { key: scene.productKey, user }));
      failures.push(...failuresOf(calls));
      for (const { user, target } of calls) sides.set(user, (sides.get(user) ?? new Set()).add(target));
    }
  }
  const changed = [...sides.values()].filter((targets) => targets.size > 1).length;
  const chosen = [...sides.values()].filter((targets) => targets.has('topic@1')).length;
  const deviation = Math.sqrt(users.length * share * (1 - share));
  const off = (chosen - users.length * share) / deviation;
  note(
    'a user is always on the same side, on both replicas',
    changed === 0,
    `${changed} of ${users.length} changed sides`,
  );
  note(
    "the canary's share is within its binomial interval (99.9 %)",
    Math.abs(off) < 3.29,
    `${chosen} of ${users.length} users at a share of ${share}: ${off.toFixed(1)} standard deviations off`,
  );
  note(
    'no call fails while a canary runs',
    failures.length === 0,
    `${failures.length} failed${shown(failures)}`,
  );
  await step(scene, { action: 'retire', version: 1 });
}

/** A limit holds when both replicas are asked at once. */
async function budget(scene: Scene): Promise<void> {
  const most = 150;
  const { secret } = await scene.project.keys.create({
    name: 'limited',
    limits: [{ what: 'requests', per: 'ever', most }],
  });
  const asked = Array.from({ length: 500 }, (_, index) => scene.replicas[index % 2]!);
  const calls = await inTens(asked, (replica) => call(replica, { key: secret, user: 'ann' }));
  const answered = calls.filter(({ status }) => status === 200).length;
  const refused = calls.filter(({ status }) => status === 429).length;
  note(
    'a budget is never exceeded by both replicas together',
    answered <= most && answered >= most * 0.9 && answered + refused === calls.length,
    `${answered} of ${calls.length} calls answered at a limit of ${most}, ${refused} refused`,
  );
}

/** Postgres is killed and started again under load: no failed call for a key in its lease, and no capture lost. */
async function outage(scene: Scene): Promise<void> {
  const { postgres, project } = scene;
  const load = new Load(scene.replicas, { key: scene.productKey, callersEach: 6, pauseMs: 10 });
  await sleep(2000);
  await postgres.kill();
  await sleep(8000);
  await postgres.start();
  await sleep(4000);
  const calls = await load.stop();
  const failures = failuresOf(calls);
  note(
    'no call fails while Postgres is killed and started again',
    failures.length === 0,
    `${failures.length} of ${calls.length} failed${shown(failures)}`,
  );
  const ids = calls.flatMap(({ inference }) => (inference === null ? [] : [inference]));
  let missing = ids;
  for (let tries = 0; missing.length > 0 && tries < 60; tries++) {
    await sleep(500);
    const found = await inTens(missing, async (id) =>
      (await project.store.inferences.find(id)) === null ? id : null,
    );
    missing = found.filter((id) => id !== null);
  }
  note(
    'no capture is lost in the outage',
    missing.length === 0,
    `${missing.length} of ${ids.length} answered calls missing in the database`,
  );
}

async function inTens<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let start = 0; start < items.length; start += 10)
    done.push(...(await Promise.all(items.slice(start, start + 10).map(work))));
  return done;
}

function shown(failures: readonly SeenCall[]): string {
  const kinds = new Set(failures.map(({ replica, status, code }) => `${replica}: ${status} ${code}`));
  return kinds.size === 0 ? '' : ` (${[...kinds].slice(0, 5).join('; ')})`;
}

async function ends(replicas: readonly Replica[]): Promise<void> {
  const codes = await Promise.all(replicas.map((replica) => replica.stop()));
  note(
    'both replicas end cleanly',
    codes.every((code) => code === 0),
    `exit codes ${codes.join(', ')}`,
  );
}

const scene = await setTheScene();
try {
  await emptyDisk(scene);
  await promotion(scene);
  await canary(scene);
  await budget(scene);
  await outage(scene);
  await ends(scene.replicas);
} finally {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0)
    for (const { name, log } of scene.replicas) process.stderr.write(`--- log of ${name}\n${log}\n`);
  await scene.close();
}
const failed = results.filter(({ passed }) => !passed).length;
process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
