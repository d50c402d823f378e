import type { Estimate } from '../schema/report.ts';
import type { RungName } from '../schema/rung-name.ts';

/** What a climb says while it runs; each is also a line of `events.jsonl` in the run's directory, with its time. */
export type ClimbEvent =
  | {
      type: 'climb-start';
      run: string;
      examples: number;
      protocol: 'held-out' | 'cross-validation';
      resumed: boolean;
    }
  | { type: 'rung-start'; rung: RungName }
  | { type: 'rung-progress'; rung: RungName; message: string; share: number | null }
  | { type: 'rung-skipped'; rung: RungName; reason: string; hint: string | null }
  | { type: 'candidate-evaluated'; candidate: string; quality: Estimate; p50Ms: number | null }
  | { type: 'climb-end'; chosen: string | null; message: string };
