import type { ChildProcess } from 'node:child_process';

/** Something between the load and the upstream. */
export interface Contestant {
  name: string;
  version: string;
  port: number;
  /** Headers it needs besides those that all get. */
  headers: Readonly<Record<string, string>>;
  /** Its process; null for the upstream itself. */
  process: ChildProcess | null;
  /** Requests a second of the open loop that it can hold; null: none that says anything. */
  heldRate: number | null;
  /** Its saturated rate and streams are too slow for a whole share of time. */
  isSlow?: boolean;
  stop(): Promise<void>;
  /** After it stopped: how many calls it kept; null: it keeps none. */
  captured?(): Promise<number>;
}
