import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesHolding } from '../../../test/support/files-holding.ts';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { accepted, edited, inference, inferences } from '../conformance/sample-records.ts';
import { openPostgresStore } from './postgres-store.ts';

const SECRET = 'Zaphod-Beeblebrox-4711';

describeWithPostgres('erasing in Postgres', (server) => {
  test('leaves no byte of what was deleted outside of the log of Postgres', async () => {
    const url = await server().createDatabase();
    const store = await openPostgresStore(url);
    await store.inferences.append(inferences(1, 400));
    await store.inferences.append(
      inferences(401, 800, (number) => ({
        user: SECRET,
        group: `group of ${SECRET}`,
        model: SECRET,
        tags: { [`name ${SECRET}`]: SECRET },
        responseId: `chatcmpl-${SECRET}-${number}`,
        requestId: SECRET,
        error: number % 10 === 0 ? { code: 'upstream/failed', message: `no ${SECRET}` } : null,
        request: number % 2 === 0 ? SECRET : `${SECRET} ${noise(number * 20)}`,
        response: SECRET,
      })),
    );
    await store.feedback.append([
      ...inferences(401, 800).map(({ id }, index) => edited(`f${index}`, id, { output: SECRET, by: 'ann' })),
      ...inferences(1, 50).map(({ id }, index) =>
        accepted(`${SECRET}${index}`, id, { by: SECRET, comment: SECRET }),
      ),
      accepted('kept', inference(3).id, { by: 'ann' }),
    ]);
    // As the server does by itself after a while: statistics, pages written back, prepared for the search.
    await server().query('ANALYZE; CHECKPOINT', url);
    expect(dataFilesHolding(SECRET)).not.toEqual([]);

    while ((await store.inferences.deleteSome({ user: SECRET }, 150)) > 0);
    await store.feedback.deleteBy(SECRET);
    await store.scrub();
    await server().query('CHECKPOINT', url);
    expect(dataFilesHolding(SECRET)).toEqual([]);
    expect(await store.inferences.count({})).toBe(400);
    expect((await store.feedback.page()).rows.map(({ id }) => id)).toEqual(['kept']);
    expect(dataFilesHolding(inference(400).id)).not.toEqual([]);
    await store.close();
  });

  /** All files of the server but its write-ahead log. */
  function dataFilesHolding(text: string): string[] {
    const data = join(server().directory, 'data');
    const parts = readdirSync(data).filter((name) => name !== 'pg_wal');
    return parts.flatMap((name) => filesHolding(join(data, name), text));
  }
});

/** Text that does not get smaller, so that the secret stays readable where Postgres compresses. */
function noise(length: number): string {
  let state = length;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCodePoint(33 + ((state >>> 16) % 90));
  }).join('');
}
