import type { Task } from '../../task/task.ts';
import type { PromotionConfig } from '../../schema/promotion-config.ts';

/** What of a task its gates need: plain data, which another thread can be handed. */
export interface GateSettings {
  readonly task: string;
  readonly promotion: PromotionConfig;
  /** Milliseconds that 95 of 100 answers must keep to; null: no limit. */
  readonly maxP95Ms: number | null;
  /** US dollars for 1,000 calls; null: no limit. */
  readonly maxCostPer1kUsd: number | null;
  readonly minQuality: number | null;
  readonly tolerance: number;
  /** Who answers when no own model does; empty: nobody. */
  readonly upstream: readonly string[];
}

/** The gates of a task as its config states them. */
export function gateSettingsOf({ name, config }: Task): GateSettings {
  const { canary } = config.promotion;
  return {
    task: name,
    promotion: config.promotion,
    maxP95Ms: canary.maxP95Ms ?? config.limits.p95LatencyMs ?? null,
    maxCostPer1kUsd: canary.maxCostPer1kUsd ?? config.limits.costPer1kUsd ?? null,
    minQuality: config.minQuality ?? null,
    tolerance: config.tolerance,
    upstream: config.upstream ?? [],
  };
}

/** How the chance of a false alarm is shared: most of it where a good model is hard to tell from a bad one. */
export const ALARM_SHARES = {
  acceptance: 0.7,
  errors: 0.06,
  latency: 0.06,
  cost: 0.06,
  /** Of each server, on what it sees before calls are stored. */
  serverErrors: 0.06,
  serverLatency: 0.06,
} as const;

/** Chance that a gate is passed wrongly. */
export const FALSE_PASS = 0.05;

/** Share of answers that may be slower than the limit of a 95th percentile. */
export const SLOW_SHARE = 0.05;
