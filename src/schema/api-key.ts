import { z } from 'zod';

/** What a key allows: `call` is for products, `admin` also for what changes deployments, keys and data. */
export const keyRoleSchema = z.enum(['call', 'admin']);
export type KeyRole = z.infer<typeof keyRoleSchema>;

/** A limit on how much of something a key may use in one window of time. */
export const keyLimitSchema = z.strictObject({
  what: z.enum(['requests', 'tokens', 'usd']),
  per: z.enum(['minute', 'hour', 'day', 'month', 'ever']),
  most: z.number().positive(),
});
export type KeyLimit = z.infer<typeof keyLimitSchema>;

/** A key as it is stored: the secret itself is known to its holder alone. */
export const apiKeySchema = z.strictObject({
  /** `key_` and some characters; shown in lists and logs. */
  id: z.string(),
  name: z.string(),
  /** SHA-256 of the whole key, hexadecimal. A key has 256 random bits, so that a slow hash would add nothing. */
  hash: z.string(),
  role: keyRoleSchema,
  /** Tasks it may call; null: all. */
  tasks: z.array(z.string()).nullable(),
  limits: z.array(keyLimitSchema),
  /** ISO 8601. */
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
