/** Changes what is live in the store at `argv[2]` again and again until it is killed. */
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

const store = await openSqliteStore(process.argv[2]!);
const manifest = {
  format: 1 as const,
  kind: 'bag' as const,
  name: 'bag',
  rung: 'bag' as const,
  task: 'topic',
  labels: ['no', 'yes'],
  files: {},
  settings: {},
  upstreams: [],
  lineage: { dataset: '', run: '', seed: 1, homegrown: '', trainedOn: 1 },
  notes: [],
};
for (const version of [1, 2]) {
  await store.models.add({
    task: 'topic',
    version,
    fingerprint: String(version),
    manifest,
    evaluation: null,
  });
}
const who = { task: 'topic', by: 'test', reason: null, evidence: null };
await store.deployments.apply({
  ...who,
  action: 'first-live',
  changes: [{ version: 1, from: null, to: 'live' }],
});
let live = 1;
for (let round = 0; ; round++) {
  const next = 3 - live;
  await store.deployments.apply({
    ...who,
    action: 'promote',
    changes: [
      { version: live, from: 'live', to: 'retired' },
      { version: next, from: round === 0 ? null : 'retired', to: 'live' },
    ],
  });
  live = next;
  if (round === 0) process.send?.('started');
}
