import { z } from 'zod';

/** Who may call. */
export const accessConfigSchema = z.strictObject({
  /** `auto`: once a key was made, or when other machines can reach the server, every call needs one. `never` is for a server behind another that checks. */
  keys: z.enum(['auto', 'always', 'never']).default('auto'),
  /** Seconds for which a key that was just seen is taken without asking the store, so that it outlives a short outage. */
  leaseSeconds: z.number().int().min(1).max(3600).default(60),
});
export type AccessConfig = z.infer<typeof accessConfigSchema>;
