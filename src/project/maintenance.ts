import { existsSync } from 'node:fs';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { SteadyClock } from '../gateway/access/steady-clock.ts';
import type { GatewayLog } from '../gateway/gateway-log.ts';
import { removeErased } from '../registry/erased-folder.ts';
import type { ErasureRecord } from '../schema/erasure.ts';
import type { ErasureService } from './erasure/erasure-service.ts';
import type { Project } from './project.ts';
import { applyRetention } from './retention.ts';

const MINUTE_MS = 60_000;
const MINUTES_OF_RETENTION = 60;

/** What a server does besides answering: deletes what is past its time every hour, and goes on every minute with erasures that are not finished. */
export class Maintenance {
  readonly #project: Project;
  readonly #erasures: ErasureService;
  readonly #log: GatewayLog;
  readonly #stop = new AbortController();
  /** A machine's clock that is set years ahead must not delete everything within the hour. */
  readonly #clock = new SteadyClock();
  #minute = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(project: Project, { erasures, log }: { erasures: ErasureService; log: GatewayLog }) {
    this.#project = project;
    this.#erasures = erasures;
    this.#log = log;
  }

  start(): void {
    this.#running = this.#work();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#work());
    }, MINUTE_MS).unref();
  }

  /** Ends what is under way where it may be interrupted. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
    await this.#erasures.idle();
  }

  async #work(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const isHour = this.#minute++ % MINUTES_OF_RETENTION === 0;
    if (isHour) await this.#try('retention', () => this.#retain());
    await this.#try('erasure', () => this.#goOnErasing());
    if (isHour) await this.#try('erasure', () => this.#removeErasedModels());
  }

  async #retain(): Promise<void> {
    const { store, tasks } = this.#project;
    const results = await applyRetention(store, tasks, {
      now: this.#clock.now(),
      signal: this.#stop.signal,
    });
    for (const { task, days, deleted } of results.filter((one) => one.deleted > 0)) {
      const message = `${deleted} captured calls of ${task} were older than ${days} days and are deleted`;
      this.#log({ level: 'info', event: 'retention', message });
    }
  }

  async #goOnErasing(): Promise<void> {
    for (const record of await this.#erasures.resume()) this.#tell(record);
  }

  #tell({ id, captures, models }: ErasureRecord): void {
    const replaced = models.map(
      ({ task, version, replacedBy }) => `${task}@${version} by ${task}@${replacedBy}`,
    );
    const message = `erasure ${id} is done: ${captures} captured calls deleted${replaced.length === 0 ? '' : `, ${replaced.join(', ')} replaced`}`;
    this.#log({ level: 'info', event: 'erasure', message });
  }

  /** Another server that shares the store may have replaced a model of which this one has a copy on its disk. */
  async #removeErasedModels(): Promise<void> {
    const { store, models } = this.#project;
    for (const { startedAt, models: replaced } of await store.erasures.list()) {
      for (const { task, version, replacedBy } of replaced) {
        const directory = models.directoryOf(task, version);
        if (replacedBy === null || !existsSync(directory)) continue;
        if ((await models.endReplacement(task, version)) !== null) continue;
        await removeErased(directory, { at: startedAt, replacedBy });
      }
    }
  }

  async #try(what: 'retention' | 'erasure', work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const isExpected =
        this.#stop.signal.aborted || (cause instanceof HomegrownError && cause.code === 'project/busy');
      if (isExpected) return;
      const message = `${what} failed and will be tried again: ${messageOf(cause)}`;
      this.#log({ level: 'error', event: `${what}-failed`, message, cause });
    }
  }
}
