import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import {
  type ApiKey,
  apiKeySchema,
  type KeyLimit,
  keyLimitSchema,
  keyRoleSchema,
} from '../../schema/api-key.ts';
import type { AllowanceStore, KeyStore, Store } from '../../store/store.ts';
import { closestName } from '../../util/closest-name.ts';
import { usedOf } from './key-budget.ts';
import { hashOfKey, makeKeySecret } from './key-secret.ts';

const NAME_LENGTH = 'expected 1 to 200 characters, no control characters';

/** What a new key is made from. */
export const newKeySchema = z.strictObject({
  /** For people: which product or person it is for. */
  name: z
    .string()
    .min(1, NAME_LENGTH)
    .max(200, NAME_LENGTH)
    .regex(/^\P{Cc}*$/u, NAME_LENGTH),
  role: keyRoleSchema.default('call'),
  /** Tasks it may call; null or left out: all. */
  tasks: z.array(z.string()).min(1).nullable().default(null),
  limits: z.array(keyLimitSchema).max(20).default([]),
  /** ISO 8601; null or left out: never. */
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
});
export type NewKey = z.input<typeof newKeySchema>;

/** A key without its hash: what people and programs are shown. */
export type ShownKey = Omit<ApiKey, 'hash'>;

/** A key with what was used of its limits in their present windows, as far as servers have told: within 5 seconds. */
export type KeyInUse = Omit<ShownKey, 'limits'> & {
  limits: (KeyLimit & {
    /** In the limit's own unit. */
    used: number;
  })[];
};

/** The keys of a project. Throws HomegrownError `access/…`, `store/…`. */
export interface ApiKeys {
  /** The secret is in the answer and nowhere else, ever. */
  create(key: NewKey): Promise<{ key: ShownKey; secret: string }>;
  /** Oldest first, with what each has used. */
  list(): Promise<KeyInUse[]>;
  /** By id or, when only one has it, by name. Running servers follow within 2 seconds. */
  revoke(idOrName: string): Promise<ShownKey>;
}

/** Keys in a store; `tasks` are those that a key may be made for. */
export function apiKeysIn(store: Pick<Store, 'keys' | 'allowances'>, tasks: readonly string[]): ApiKeys {
  return {
    create: (key) => createKey(store.keys, key, tasks),
    list: async () => {
      const keys = await store.keys.list();
      return Promise.all(keys.map((key) => inUse(store.allowances, key)));
    },
    revoke: (idOrName) => revokeKey(store.keys, idOrName),
  };
}

async function inUse(allowances: AllowanceStore, key: ApiKey): Promise<KeyInUse> {
  const now = Date.now();
  const limits = key.limits.map(async (limit) => ({
    ...limit,
    used: await usedOf(allowances, key.id, limit, now),
  }));
  return { ...shown(key), limits: await Promise.all(limits) };
}

async function createKey(
  store: KeyStore,
  given: NewKey,
  tasks: readonly string[],
): Promise<{ key: ShownKey; secret: string }> {
  const wanted = checkedKey(given);
  for (const task of wanted.tasks ?? []) if (!tasks.includes(task)) throw unknownTask(task, tasks);
  const now = new Date();
  if (wanted.expiresAt !== null && Date.parse(wanted.expiresAt) <= now.getTime())
    throw expired(wanted.expiresAt);
  const secret = makeKeySecret();
  const key = apiKeySchema.parse({
    id: `key_${randomBytes(9).toString('hex')}`,
    hash: hashOfKey(secret),
    ...wanted,
    limits: strictestOf(wanted.limits),
    createdAt: now.toISOString(),
    expiresAt: wanted.expiresAt === null ? null : new Date(wanted.expiresAt).toISOString(),
    revokedAt: null,
  });
  await store.add(key);
  return { key: shown(key), secret };
}

function checkedKey(given: NewKey): z.infer<typeof newKeySchema> {
  const parsed = newKeySchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const part = path.join('.');
  throw new HomegrownError({
    code: 'access/bad-key',
    message: `the ${part === '' ? 'key' : `key's ${part}`} is wrong: ${message.replace(/^Invalid input: /, '')}`,
    kind: 'usage',
    hint: 'Make it again with that changed.',
  });
}

/** One limit for each thing and window: two of the same would be counted as one. */
function strictestOf(limits: ApiKey['limits']): ApiKey['limits'] {
  const strictest = new Map<string, ApiKey['limits'][number]>();
  for (const limit of limits) {
    const name = `${limit.what}/${limit.per}`;
    const known = strictest.get(name);
    if (known === undefined || limit.most < known.most) strictest.set(name, limit);
  }
  return [...strictest.values()];
}

async function revokeKey(store: KeyStore, idOrName: string): Promise<ShownKey> {
  const id = idOrName.startsWith('key_') ? idOrName : await idOfName(store, idOrName);
  const revoked = await store.revoke(id, new Date().toISOString());
  if (revoked === null) throw unknownKeyId(idOrName);
  return shown(revoked);
}

async function idOfName(store: KeyStore, name: string): Promise<string> {
  const named = (await store.list()).filter((key) => key.name === name && key.revokedAt === null);
  if (named.length === 1) return named[0]!.id;
  if (named.length === 0) throw unknownKeyId(name);
  throw new HomegrownError({
    code: 'access/ambiguous-key',
    message: `${named.length} keys that are not revoked have this name`,
    kind: 'usage',
    found: name,
    expected: named.map(({ id }) => id).join(' or '),
    hint: 'Name the key by its id.',
  });
}

function shown({ id, name, role, tasks, limits, createdAt, expiresAt, revokedAt }: ApiKey): ShownKey {
  return { id, name, role, tasks, limits, createdAt, expiresAt, revokedAt };
}

function unknownKeyId(found: string): HomegrownError {
  return new HomegrownError({
    code: 'access/unknown-key',
    message: 'there is no such key',
    kind: 'usage',
    found,
    hint: 'Run `homegrown keys list`.',
  });
}

function unknownTask(task: string, tasks: readonly string[]): HomegrownError {
  const nearest = closestName(task, tasks);
  return new HomegrownError({
    code: 'access/unknown-task',
    message: `there is no task "${task}" that a key could be for`,
    kind: 'usage',
    expected: tasks.join(', ') || 'a task in the config',
    hint: nearest === undefined ? 'Add the task to the config first.' : `Did you mean "${nearest}"?`,
  });
}

function expired(at: string): HomegrownError {
  return new HomegrownError({
    code: 'access/expired',
    message: 'a new key would have expired already',
    kind: 'usage',
    expected: 'a time to come',
    found: at,
  });
}
