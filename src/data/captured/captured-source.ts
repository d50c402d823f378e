import type { CapturedSource } from '../../schema/captured-source.ts';
import type { CurationFinding, DatasetSource } from '../../schema/dataset-manifest.ts';
import type { FeedbackKind } from '../../schema/feedback.ts';
import { lengthOf, pageThrough } from '../../store/page-through.ts';
import type { InferenceFilter, InferenceWithFeedback } from '../../store/store.ts';
import type { Task } from '../../task/task.ts';
import type { ColumnPlan } from '../column-plan.ts';
import type { DataSource, ReadSourceOptions } from '../data-source.ts';
import { throwIfInterrupted } from '../interruption.ts';
import type { SourceRow } from '../source-row.ts';
import { filtersOf } from './call-filters.ts';
import { CallTally } from './call-tally.ts';
import type { CapturedCalls } from './captured-calls.ts';
import { type LabelledCall, mapCall } from './map-call.ts';

/** For partitions and progress, before anything is read. */
const ASSUMED_BYTES = 2_000;

const VERDICTS: readonly FeedbackKind[] = ['accepted', 'edited', 'corrected', 'rejected'];

export interface CapturedCallsSourceOptions {
  source: CapturedSource;
  task: Task;
  calls: CapturedCalls;
}

/** Captured calls as a source of rows, read page by page up to the newest that was there at the start. */
export class CapturedCallsSource implements DataSource {
  readonly name: string;
  readonly bytes: number;
  readonly #options: CapturedCallsSourceOptions;
  readonly #filters: readonly InferenceFilter[];
  readonly #calls: number;
  /** When the newest call came that was there at the start. */
  readonly #newest: string | null;
  readonly #tally = new CallTally();
  #read = 0;

  private constructor(
    options: CapturedCallsSourceOptions,
    found: { filters: readonly InferenceFilter[]; calls: number; newest: string | null },
  ) {
    const { source, task } = options;
    this.name = `captured(${source.task ?? task.name})`;
    this.#options = options;
    this.#filters = found.filters;
    this.#calls = found.calls;
    this.#newest = found.newest;
    this.bytes = found.calls * ASSUMED_BYTES;
  }

  /** Looks what there is. */
  static async open(options: CapturedCallsSourceOptions): Promise<CapturedCallsSource> {
    const { inferences } = options.calls;
    const filters = filtersOf(options.source, options.task.name);
    let calls = 0;
    let newest: string | null = null;
    for (const filter of filters) {
      const [last] = (await inferences.page(filter, { order: 'newest', limit: 1 })).rows;
      if (last !== undefined && (newest === null || last.at > newest)) newest = last.at;
      calls += await inferences.count(filter);
      calls -= await inferences.count({ ...filter, answeredAs: 'shadow' });
    }
    return new CapturedCallsSource(options, { filters, calls, newest });
  }

  /** Feedback can come to any call at any time, so that only reading tells whether something has changed. */
  quickIdentity(): null {
    return null;
  }

  async *read({ plan, signal, onProgress }: ReadSourceOptions): AsyncGenerator<SourceRow[]> {
    for (const filter of this.#filters) {
      for await (const page of this.#pages(filter)) {
        throwIfInterrupted(signal);
        yield this.#rowsOf(page, plan);
        onProgress(Math.min(this.bytes, this.#read * ASSUMED_BYTES));
      }
    }
    if (this.#options.source.unreviewed) return;
    this.#tally.addUnread(
      'unreviewed',
      this.#options.source.model === undefined ? this.#calls - this.#read : 0,
    );
  }

  /** Without `unreviewed` calls nobody said anything about are not even fetched. */
  async *#pages(filter: InferenceFilter): AsyncGenerator<readonly InferenceWithFeedback[]> {
    const { source, calls } = this.#options;
    const kinds = source.minScore === undefined ? VERDICTS : [...VERDICTS, 'score' as const];
    const wanted = source.unreviewed ? filter : { ...filter, feedback: kinds };
    for await (const rows of pageThrough(calls.inferences, wanted)) {
      const known = rows.filter(({ inference }) => inference.at <= (this.#newest ?? ''));
      yield known;
      if (known.length < rows.length) return;
    }
  }

  #rowsOf(page: readonly InferenceWithFeedback[], plan: ColumnPlan): SourceRow[] {
    const { source, task } = this.#options;
    const rows: SourceRow[] = [];
    for (const call of page) {
      const { inference } = call;
      if (inference.answeredAs === 'shadow') continue;
      if (source.model !== undefined && !source.model.includes(inference.model)) continue;
      this.#read += 1;
      this.#tally.addRead(inference.id, lengthOf(inference));
      const mapped = mapCall(task, call, source);
      if ('unmapped' in mapped) {
        this.#tally.addUnmapped(inference.id, mapped.unmapped, mapped.detail);
        continue;
      }
      this.#tally.addLabelled(inference.id, mapped.labelledBy, mapped.label);
      const origin = { inference: inference.id, label: mapped.labelledBy };
      rows.push({ line: this.#read, values: valuesOf(mapped, plan), origin });
    }
    return rows;
  }

  async describe(rows: number): Promise<DatasetSource> {
    const { source, task, calls } = this.#options;
    return {
      file: this.name,
      format: 'captured',
      rows,
      filter: { ...source, task: source.task ?? task.name },
      calls: this.#callsLetThrough(),
      redaction: calls.redaction,
      ...this.#tally.facts(),
    };
  }

  /** Which models were asked for is not known of calls that were not read. */
  #callsLetThrough(): number | null {
    const { model, unreviewed } = this.#options.source;
    if (model === undefined) return Math.max(this.#calls, this.#read);
    return unreviewed ? this.#read : null;
  }

  /** No labelled call yet is no fault where there are other sources. */
  emptiness(): null {
    return null;
  }

  findings(): CurationFinding[] {
    return this.#tally.findings();
  }
}

/** Named as the task's columns are, so that files and calls can be mixed. */
function valuesOf({ input, label, group, time }: LabelledCall, plan: ColumnPlan): Record<string, unknown> {
  return {
    [plan.input]: input,
    [plan.output]: label,
    ...(plan.group === null || group === null ? {} : { [plan.group]: group }),
    ...(plan.time === null ? {} : { [plan.time]: time }),
  };
}
