import type { Example } from '../schema/example.ts';

/** Why one line of a source cannot be used. */
export interface RowProblem {
  expected: string;
  found: string;
  hint?: string;
}

/** The captured call that a row was made of. */
export type CallOrigin = Extract<Example['origin'], { inference: string }>;

/** One line (JSON), record (CSV), row (Parquet) or captured call as read: named values, or what is wrong with it. */
export type SourceRow =
  | {
      readonly line: number;
      readonly values: Readonly<Record<string, unknown>>;
      readonly origin?: CallOrigin;
    }
  | { readonly line: number; readonly problem: RowProblem };

/** What reading a source needs to know and to tell. */
export interface ReadOptions {
  /** Columns wanted; formats that store columns apart read only these. All when left out. */
  columns?: readonly string[];
  /** Called with every block of bytes as it is read. */
  onBytes?(bytes: Uint8Array): void;
  signal?: AbortSignal | undefined;
}
