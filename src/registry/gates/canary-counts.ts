import type { Amounts } from '../../evaluate/sequential/mean-evidence.ts';
import type { CallCounts } from './shared-gates.ts';

/** What of the answers of one side a canary's gates look at. */
export interface SideCounts extends CallCounts {
  /** Of calls whose cost is known, US dollars. */
  readonly cost: Amounts;
  /** Answers with a verdict, and those that were accepted as they were. */
  readonly judged: number;
  readonly accepted: number;
  /** How many times fewer independent verdicts would tell as much, because a user's verdicts are alike; at least 1. */
  readonly designEffect: number;
}

/** A canary and whoever answers the other calls of the task, over the same time. */
export interface CanaryCounts {
  readonly canary: SideCounts;
  readonly live: SideCounts;
  /** `<task>@<version>`, or the upstream that answers. */
  readonly liveName: string;
}
