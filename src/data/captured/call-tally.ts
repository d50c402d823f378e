import { createHash } from 'node:crypto';
import type { LabelledBy, UnmappedReason } from '../../schema/captured-source.ts';
import type { CurationFinding, DatasetSource } from '../../schema/dataset-manifest.ts';
import { countOf, formatCount } from '../quote-for-display.ts';

const SAMPLES = 3;

/** Reasons that are no fault of the mapping: the calls just have no label. */
const UNLABELLED: ReadonlySet<UnmappedReason> = new Set([
  'unreviewed',
  'rejected',
  'low-score',
  'own-answer',
]);

const WORDS: Record<UnmappedReason, string> = {
  unreviewed: 'without feedback',
  rejected: 'rejected',
  'low-score': 'scored below minScore',
  'own-answer': 'answered by an own model without feedback',
  failed: 'failed',
  'cut-off': 'cut off',
  'no-input': 'without an input for this task',
  'no-label': 'without a label for this task',
  'mapping-failed': 'that a mapping function of the config failed on',
};

/** Counts what became of captured calls while they go by, with samples. */
export class CallTally {
  readonly #labels = new Map<LabelledBy, number>();
  readonly #unmapped = new Map<UnmappedReason, { count: number; samples: string[] }>();
  readonly #hash = createHash('sha256');
  #last: string | null = null;
  #bytes = 0;

  addRead(id: string, bytes: number): void {
    this.#last = id;
    this.#bytes += bytes;
  }

  addLabelled(id: string, by: LabelledBy, label: string): void {
    this.#hash.update(`${JSON.stringify([id, by, label])}\n`);
    this.#labels.set(by, (this.#labels.get(by) ?? 0) + 1);
  }

  addUnmapped(id: string, reason: UnmappedReason, detail: string): void {
    this.#hash.update(`${JSON.stringify([id, reason])}\n`);
    const entry = this.#entry(reason);
    entry.count += 1;
    if (entry.samples.length < SAMPLES) entry.samples.push(`${id}: ${detail}`);
  }

  /** Calls that were counted without being read. */
  addUnread(reason: UnmappedReason, count: number): void {
    if (count > 0) this.#entry(reason).count += count;
  }

  #entry(reason: UnmappedReason): { count: number; samples: string[] } {
    const known = this.#unmapped.get(reason) ?? { count: 0, samples: [] };
    this.#unmapped.set(reason, known);
    return known;
  }

  get labelled(): number {
    return [...this.#labels.values()].reduce((sum, count) => sum + count, 0);
  }

  facts(): Pick<DatasetSource & { format: 'captured' }, 'bytes' | 'sha256' | 'last' | 'labels' | 'unmapped'> {
    const unmapped = [...this.#unmapped]
      .map(([reason, { count, samples }]) => ({ reason, count, samples }))
      .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
    const labels = [...this.#labels].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return {
      bytes: this.#bytes,
      sha256: this.#hash.copy().digest('hex'),
      last: this.#last,
      labels: Object.fromEntries(labels),
      unmapped,
    };
  }

  /** What became of the calls without an example, in words; empty when all gave one. */
  inWords(): string {
    return this.facts()
      .unmapped.map(({ reason, count }) => `${formatCount(count)} ${WORDS[reason]}`)
      .join(', ');
  }

  findings(): CurationFinding[] {
    return [this.#unlabelledFinding(), this.#unmappedFinding(), this.#unreviewedFinding()].filter(
      (finding) => finding !== null,
    );
  }

  #unlabelledFinding(): CurationFinding | null {
    const found = this.facts().unmapped.filter(({ reason }) => UNLABELLED.has(reason));
    if (found.length === 0) return null;
    const total = found.reduce((sum, { count }) => sum + count, 0);
    const reasons = found.map(({ reason, count }) => `${formatCount(count)} ${WORDS[reason]}`);
    return {
      check: 'unlabelled-calls',
      count: total,
      removed: 0,
      severity: 'note',
      message: `${countOf(total, 'captured call')} without a label: ${reasons.join(', ')}.`,
      samples: [],
    };
  }

  #unmappedFinding(): CurationFinding | null {
    const found = this.facts().unmapped.filter(({ reason }) => !UNLABELLED.has(reason));
    if (found.length === 0) return null;
    const total = found.reduce((sum, { count }) => sum + count, 0);
    const reasons = found.map(({ reason, count }) => `${formatCount(count)} ${WORDS[reason]}`);
    return {
      check: 'unmapped-calls',
      count: total,
      removed: total,
      severity: 'warning',
      message: `${countOf(total, 'captured call')} with feedback or an answer to learn from did not map to an example: ${reasons.join(', ')}.`,
      samples: found.flatMap(({ samples }) => samples).slice(0, 10),
    };
  }

  #unreviewedFinding(): CurationFinding | null {
    const count = this.#labels.get('unreviewed') ?? 0;
    if (count === 0) return null;
    return {
      check: 'unreviewed-labels',
      count,
      removed: 0,
      severity: 'warning',
      message:
        `${formatCount(count)} of ${countOf(this.labelled, 'label')} from captured calls are answers of an upstream that no human has looked at, ` +
        'as `unreviewed: true` asks. Quality is then likeness to that upstream, mistakes included.',
      samples: [],
    };
  }
}
