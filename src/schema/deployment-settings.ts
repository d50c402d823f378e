import { z } from 'zod';

/** What a shadow or a canary was started with. */
export const deploymentSettingsSchema = z.strictObject({
  /** Share of the task's calls (shadow) or of its users and groups (canary). */
  share: z.number().min(0).max(1),
  /** Decides with a user's name on which side the user is: the same on every server, another with every canary. */
  salt: z.string(),
  /** US dollars a shadow may spend in all; null: no limit. */
  maxUsd: z.number().nonnegative().nullable(),
});
export type DeploymentSettings = z.infer<typeof deploymentSettingsSchema>;
