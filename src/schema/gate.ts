import { z } from 'zod';

/** What must hold before a model takes its next step. */
export const gateNameSchema = z.enum([
  'held-out',
  'agreement',
  'calls',
  'errors',
  'latency',
  'cost',
  'acceptance',
]);

/** `passed`: shown to hold. `breached`: shown not to hold. `open`: not enough is known yet. */
export const gateVerdictSchema = z.enum(['passed', 'breached', 'open']);

/** One gate as it stood at one moment. */
export const gateResultSchema = z.strictObject({
  gate: gateNameSchema,
  verdict: gateVerdictSchema,
  /** What was found, one sentence. */
  found: z.string(),
  /** What would settle it, one sentence; null when it is settled or nothing can be said. */
  needed: z.string().nullable(),
  /** The observed figure in the unit of the gate (a share, milliseconds, US dollars for 1,000 calls); null when there is none. */
  value: z.number().nullable(),
  /** Bounds that hold at all times at once; null when there are none. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  limit: z.number().nullable(),
});
export type GateResult = z.infer<typeof gateResultSchema>;
