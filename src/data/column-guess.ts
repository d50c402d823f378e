import type { SourceFormat } from './source-file.ts';

/** The parts of an example that columns are guessed for. */
export const GUESSED_PARTS = ['input', 'output', 'group', 'time', 'weight', 'split'] as const;
export type GuessedPart = (typeof GUESSED_PARTS)[number];

/** A column and, in plain words, why it. */
export interface GuessedColumn {
  column: string;
  reason: string;
}

/** What a data file seems to hold. `columns` may be corrected by the user before a config is written from it. */
export interface ColumnGuess {
  /** As it was named by the user. */
  file: string;
  format: SourceFormat;
  /** All columns or keys seen. */
  available: string[];
  columns: Record<GuessedPart, GuessedColumn | null>;
  /** Rows in the file, or the rows looked at when it has more. */
  rows: number;
  rowsExact: boolean;
  rowsLookedAt: number;
  /** Different outputs among the rows looked at, and the commonest of them. */
  outputs: { distinct: number; commonest: { label: string; count: number }[] };
  samples: { input: string; output: string }[];
  /** Sentences: what does not look right. */
  problems: string[];
}
