import type { ErasureRecord } from '../../schema/erasure.ts';
import type { Project } from '../project.ts';
import { collectCalls, collectFeedbackBy } from './collect-calls.ts';
import type { ErasureFolder, ErasureNote, ErasureNotes, PendingErasure } from './erasure-work.ts';
import { Traces } from './traces.ts';

/** One erasure under way: whose, how it is recognised, what was noted. In a dry run nothing is written. */
export class Erasure {
  readonly project: Project;
  readonly pending: PendingErasure;
  readonly dryRun: boolean;
  readonly traces: Traces;
  readonly #folder: ErasureFolder;
  readonly #notes: ErasureNotes | null;
  readonly #noted = new Map<string, ErasureNote>();
  readonly #calls = new Set<string>();
  readonly #feedback = new Set<string>();

  constructor(
    project: Project,
    pending: PendingErasure,
    { folder, dryRun }: { folder: ErasureFolder; dryRun: boolean },
  ) {
    this.project = project;
    this.pending = pending;
    this.dryRun = dryRun;
    this.traces = new Traces(pending.subject);
    this.#folder = folder;
    this.#notes = dryRun ? null : folder.openNotes(pending.id);
  }

  /** Takes up what an earlier attempt noted. */
  async recall(): Promise<void> {
    for await (const note of this.#folder.notes(this.pending.id)) this.#remember(note);
  }

  /** Notes what is about to be done, durably; in a dry run it is all that happens. */
  note(...notes: ErasureNote[]): void {
    this.#notes?.write(notes);
    for (const note of notes) this.#remember(note);
  }

  #remember(note: ErasureNote): void {
    switch (note.kind) {
      case 'call':
        this.traces.addCall(note.id);
        this.#calls.add(note.id);
        for (const id of note.feedback) this.#feedback.add(id);
        for (const text of note.texts) this.traces.addText(text);
        return;
      case 'text':
        this.traces.addText(note.text);
        return;
      case 'feedback':
        for (const id of note.ids) this.#feedback.add(id);
        return;
      default:
        this.#noted.set(keyOf(note), note);
    }
  }

  /** Reads and notes the captured calls that are there now. */
  async collect(): Promise<void> {
    const { project, pending } = this;
    for await (const calls of collectCalls(project.store, pending.subject, project.tasks)) {
      this.note(
        ...calls.map(({ id, feedback, texts }) => ({
          kind: 'call' as const,
          id,
          feedback: [...feedback],
          texts: [...texts],
        })),
      );
    }
    if (pending.subject.kind !== 'user') return;
    for await (const ids of collectFeedbackBy(project.store, pending.subject.id)) {
      if (ids.length > 0) this.note({ kind: 'feedback', ids });
    }
  }

  /** A text that was found to be theirs. */
  addText(text: string): void {
    if (!this.traces.hasText(text)) this.note({ kind: 'text', text });
  }

  of<K extends ErasureNote['kind']>(kind: K): Extract<ErasureNote, { kind: K }>[] {
    const all = [...this.#noted.values()];
    return all.filter((note): note is Extract<ErasureNote, { kind: K }> => note.kind === kind);
  }

  close(): void {
    this.#notes?.close();
  }

  async record(more: Pick<ErasureRecord, 'trainedOn' | 'yours'>): Promise<ErasureRecord> {
    const { id, by, startedAt, subject } = this.pending;
    return {
      format: 1,
      id,
      dryRun: this.dryRun,
      startedAt,
      finishedAt: new Date().toISOString(),
      by,
      subject: await this.#folder.hashOf(subject),
      captures: this.#calls.size,
      feedback: this.#feedback.size,
      datasets: this.of('dataset').map(({ kind: _kind, ...dataset }) => dataset),
      cachedCalls: this.of('cached-call').length,
      reports: this.of('report').map(({ kind: _kind, ...report }) => report),
      models: this.of('model').map(({ kind: _kind, ...model }) => model),
      runFiles: this.of('run-file').length,
      temporaryFiles: this.of('temporary').length,
      ...more,
    };
  }
}

/** What a later note on the same thing replaces. */
function keyOf(note: ErasureNote): string {
  switch (note.kind) {
    case 'dataset':
      return `dataset ${note.hash}`;
    case 'report':
      return `report ${note.task} ${note.run}`;
    case 'model':
      return `model ${note.task}@${note.version}`;
    case 'cached-call':
    case 'run-file':
    case 'temporary':
      return note.path;
    case 'call':
    case 'text':
    case 'feedback':
      return note.kind;
  }
}
