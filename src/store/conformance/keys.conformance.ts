import { expect, test } from 'vitest';
import type { OpenStores } from './open-stores.ts';
import { at, key } from './sample-records.ts';

/** Keys of the gateway. */
export function keyConformance(stores: OpenStores): void {
  test('gives back every field, by hash and in a list', async () => {
    const { keys } = stores.store;
    const full = key('key_1', {
      name: "Ann's 🙂",
      role: 'admin',
      tasks: ['topic', 'spam'],
      limits: [
        { what: 'usd', per: 'day', most: 0.1 },
        { what: 'requests', per: 'minute', most: 60 },
      ],
      expiresAt: at(100),
      revokedAt: at(50),
    });
    await keys.add(full);
    await keys.add(key('key_0'));
    expect(await (await stores.open()).keys.findByHash(full.hash)).toEqual(full);
    expect(await keys.findByHash('unknown')).toBeNull();
    expect(await keys.list()).toEqual([full, key('key_0')]);
  });

  test('refuses a second key with one id or one hash', async () => {
    const { keys } = stores.store;
    await keys.add(key('key_1'));
    await expect(keys.add(key('key_1', { hash: 'another' }))).rejects.toMatchObject({
      code: 'store/conflict',
    });
    await expect(keys.add(key('key_2', { hash: key('key_1').hash }))).rejects.toMatchObject({
      code: 'store/conflict',
    });
    expect(await keys.list()).toEqual([key('key_1')]);
  });

  test('keeps the time when a key was revoked first', async () => {
    const { keys } = stores.store;
    await keys.add(key('key_1', { tasks: [] }));
    expect(await keys.revoke('key_1', at(1))).toEqual(key('key_1', { tasks: [], revokedAt: at(1) }));
    expect(await keys.revoke('key_1', at(2))).toEqual(key('key_1', { tasks: [], revokedAt: at(1) }));
    expect((await keys.findByHash(key('key_1').hash))?.revokedAt).toBe(at(1));
    expect(await keys.revoke('key_unknown', at(2))).toBeNull();
  });
}
