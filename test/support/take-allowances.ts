/** Takes from the counter `c` of the store at `argv[2]` (a path or a Postgres address) until it is used up, giving some back; prints what it kept. */
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

const place = process.argv[2]!;
const limit = Number(process.argv[3]);
const seed = Number(process.argv[4]);
const store = await (place.startsWith('postgres:') ? openPostgresStore(place) : openSqliteStore(place));
const counter = { counter: 'c', window: '2026-11' };
let kept = 0;
for (let round = 0; ; round++) {
  const wanted = 1 + ((round * 7 + seed * 13) % 40);
  const taken = await store.allowances.take({ ...counter, wanted, least: 1, limit });
  if (taken === 0) break;
  const amount = round % 3 === 0 ? Math.floor(taken / 2) : 0;
  if (amount > 0) await store.allowances.giveBack({ ...counter, amount });
  kept += taken - amount;
  if ((await store.allowances.used(counter)) > limit) throw new Error('more than the limit is used');
}
await store.close();
console.log(kept);
