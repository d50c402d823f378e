import { availableParallelism, cpus, totalmem } from 'node:os';
import { rm } from 'node:fs/promises';
import type { Trainer } from '../engine/training/trainer.ts';
import type { RunEvent, RunEventOf } from '../schema/run-event.ts';
import type { RunSpec } from '../schema/run-spec.ts';
import { PACKAGE_VERSION } from '../util/package-version.ts';
import { type Checkpoint, saveCheckpoint } from './checkpoint.ts';
import { checkpointDirectory, newestWholeCheckpoint, pruneCheckpoints } from './checkpoint-shelf.ts';
import { EventLog, rewindEvents } from './event-log.ts';
import { refuseOtherOrigin, refuseOtherSpec } from './resume-check.ts';
import { prepareRunFolder, runFiles } from './run-folder.ts';
import { specHashOf } from './run-identity.ts';
import { NO_PROGRESS, type RunProgress } from './run-progress.ts';

/** What a record is opened with. */
export interface RunRecordOptions {
  readonly directory: string;
  readonly spec: RunSpec;
  readonly threads: number;
  readonly codeVersion: string;
  readonly fresh: boolean;
  onEvent(event: RunEvent): void;
  onWarning(message: string): void;
}

/** What a run has on disk, being written: its spec, events and checkpoints. The caller holds the run's lock. */
export class RunRecord {
  /** The checkpoint to go on from; null for the start. */
  readonly resumed: Checkpoint | null;
  /** The end of the run, when it has ended before. */
  readonly ended: RunEventOf<'run-end'> | null;
  readonly #options: RunRecordOptions;
  readonly #log: EventLog;
  #newestCheckpoint: number | null;

  private constructor(options: RunRecordOptions, { resumed, ended }: Pick<RunRecord, 'resumed' | 'ended'>) {
    this.#options = options;
    this.resumed = resumed;
    this.ended = ended;
    this.#newestCheckpoint = resumed?.facts.step ?? null;
    this.#log = EventLog.open(runFiles(options.directory).events);
  }

  /** Finds where a run is and makes its events agree with that. Throws `train/other-…`, `train/no-whole-checkpoint`. */
  static async open(options: RunRecordOptions): Promise<RunRecord> {
    const { directory, spec, fresh } = options;
    const { stored } = await prepareRunFolder(directory, { spec, fresh });
    refuseOtherSpec(stored, options);
    const resumed = await newestWholeCheckpoint(directory, (message) => options.onWarning(message));
    if (resumed === null) return RunRecord.#begin(options);
    refuseOtherOrigin(resumed.facts, resumed.directory, options);
    const { events, unreadableLines } = await rewindEvents(runFiles(directory).events, resumed.facts);
    if (unreadableLines > 1)
      options.onWarning(
        `${runFiles(directory).events}: ${unreadableLines} lines are no events; they were dropped.`,
      );
    await pruneCheckpoints(directory, resumed.facts.best?.step ?? null);
    const ended = events.find((event) => event.type === 'run-end') ?? null;
    const record = new RunRecord(options, { resumed, ended });
    if (ended === null)
      record.emit({ type: 'run-resume', step: resumed.facts.step, measured: { at: now() } });
    return record;
  }

  static async #begin(options: RunRecordOptions): Promise<RunRecord> {
    await rm(runFiles(options.directory).events, { force: true });
    const record = new RunRecord(options, { resumed: null, ended: null });
    record.emit(startOf(options));
    return record;
  }

  /** What is remembered at the point to go on from. */
  get progress(): RunProgress {
    if (this.resumed === null) return NO_PROGRESS;
    const { step, best, evaluationsWithoutBetter, recentLosses, stepsTooHigh } = this.resumed.facts;
    return { step, best, evaluationsWithoutBetter, recentLosses, stepsTooHigh };
  }

  get newestCheckpoint(): number | null {
    return this.#newestCheckpoint;
  }

  emit(event: RunEvent): void {
    this.#log.append(event);
    if (event.type === 'run-end') this.#log.sync();
    this.#options.onEvent(event);
  }

  /** Saves what the spec asks for (`scheduled`) or an interruption; then removes what is no longer needed. */
  async save(trainer: Trainer, progress: RunProgress, { scheduled }: { scheduled: boolean }): Promise<void> {
    const { directory, spec, threads, codeVersion } = this.#options;
    const started = performance.now();
    this.#log.sync();
    const origin = {
      specHash: specHashOf(spec),
      dataset: spec.dataset,
      codeVersion,
      homegrown: PACKAGE_VERSION,
    };
    await saveCheckpoint(checkpointDirectory(directory, progress.step), {
      facts: { ...progress, ...origin, scheduled, threads },
      state: await trainer.state(),
    });
    this.#newestCheckpoint = progress.step;
    const seconds = (performance.now() - started) / 1000;
    if (scheduled) this.emit({ type: 'checkpoint-saved', step: progress.step, measured: { seconds } });
    await pruneCheckpoints(directory, progress.best?.step ?? null);
  }

  close(): void {
    this.#log.close();
  }
}

function startOf({ spec, threads, codeVersion }: RunRecordOptions): RunEvent {
  return {
    type: 'run-start',
    specHash: specHashOf(spec),
    codeVersion,
    homegrown: PACKAGE_VERSION,
    threads,
    steps: spec.schedule.steps,
    metric: spec.evaluation?.metric ?? null,
    measured: {
      at: now(),
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}

/** The time of day, for what is `measured`. */
export function now(): string {
  return new Date().toISOString();
}
