import { z } from 'zod';
import { gateResultSchema } from './gate.ts';

const version = z.number().int().positive();

/** A shadow or a canary while it runs. */
export const candidateStatusSchema = z.strictObject({
  version,
  /** ISO 8601. */
  since: z.string(),
  share: z.number(),
  gates: z.array(gateResultSchema),
  /** Whether all gates that the task states are passed. */
  passed: z.boolean(),
});

/** What one side answered while a canary ran. */
export const sideStatusSchema = z.strictObject({
  /** `<task>@<version>`, or the upstream. */
  name: z.string(),
  calls: z.number(),
  failed: z.number(),
  p95Ms: z.number().nullable(),
  costPer1kUsd: z.number().nullable(),
  judged: z.number(),
  accepted: z.number(),
});
export type SideStatus = z.infer<typeof sideStatusSchema>;

/** Who answers a task, and how those stand who may one day. */
export const deploymentStatusSchema = z.strictObject({
  task: z.string(),
  live: z.strictObject({ version, since: z.string() }).nullable(),
  /** What answers when no own model does. */
  upstream: z.array(z.string()),
  canary: candidateStatusSchema.extend({ sides: z.array(sideStatusSchema) }).nullable(),
  shadow: candidateStatusSchema.extend({ costUsd: z.number() }).nullable(),
  steps: z.enum(['manual', 'automatic']),
});
export type DeploymentStatus = z.infer<typeof deploymentStatusSchema>;
