import type { DatasetSource, CurationFinding } from '../schema/dataset-manifest.ts';
import type { ColumnPlan } from './column-plan.ts';
import type { SourceRow } from './source-row.ts';

/** How a source is read. */
export interface ReadSourceOptions {
  plan: ColumnPlan;
  signal?: AbortSignal | undefined;
  /** How many of the source's `bytes` have been read so far. */
  onProgress(bytes: number): void;
}

/** Something that rows come from: a file, or captured calls. Each is read once in a build. */
export interface DataSource {
  /** How messages and reports name it. */
  readonly name: string;
  /** About how much there is to read. */
  readonly bytes: number;
  /** What identifies its content without reading it all, for finding an earlier build; null: it must be read. */
  quickIdentity(): QuickIdentity | null;
  /** Its rows in batches, in bounded memory. */
  read(options: ReadSourceOptions): AsyncGenerator<SourceRow[]>;
  /** Once read: its entry in the manifest. `rows` is how many it gave. Throws when it changed meanwhile. */
  describe(rows: number): Promise<DatasetSource>;
  /** What is wrong with it when it gave no rows; null: that is no fault. */
  emptiness(): string | null;
  /** Once read: what it has to say about its rows besides what is found in all sources. */
  findings(): CurationFinding[];
}

/** A source by name and size, and a way to hash its content. */
export interface QuickIdentity {
  readonly format: string;
  readonly bytes: number;
  sha256(): Promise<string>;
}
