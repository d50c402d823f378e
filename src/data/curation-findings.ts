import type { Task } from '../task/task.ts';
import type { CurationFinding, DatasetManifest } from '../schema/dataset-manifest.ts';
import { quoteLabel } from './bad-lines.ts';
import type { GroupSpanResult } from './group-spans.ts';
import { countOf, formatCount, formatShare, quoteForDisplay } from './quote-for-display.ts';
import type { Resolution } from './resolve-copies.ts';
import type { DataSource } from './data-source.ts';
import type { StoredRow } from './stored-row.ts';
import { TopSamples } from './top-samples.ts';

/** A class with fewer examples than this is called thin. */
export const THIN_CLASS_EXAMPLES = 10;

/** What curation has found and removed so far, with samples. */
export class CurationTally {
  emptyInputs = 0;
  overLongInputs = 0;
  duplicates = 0;
  conflictInputs = 0;
  conflictOutputs = 0;
  conflictsRemoved = 0;
  readonly #sources: readonly DataSource[];
  readonly #empty: string[] = [];
  readonly #overLong = new TopSamples();
  readonly #duplicates = new TopSamples();
  readonly #conflicts = new TopSamples();
  readonly #spans: string[] = [];

  constructor(sources: readonly DataSource[]) {
    this.#sources = sources;
  }

  addEmpty(place: string): void {
    this.emptyInputs += 1;
    if (this.#empty.length < 5) this.#empty.push(place);
  }

  addOverLong(place: string, length: number): void {
    this.overLongInputs += 1;
    this.#overLong.offer(length, () => `${place}, ${formatCount(length)} characters`);
  }

  /** Counts the copies and conflicts of one input. */
  addResolution({ kept, outputs }: Resolution): void {
    for (const { row, count, weight } of outputs) {
      if (count === 1) continue;
      this.duplicates += count - 1;
      this.#duplicates.offer(
        weight === count ? count : count - 0.5,
        () =>
          `${quoteForDisplay(row.input)} → ${quoteLabel(row.output)}, ${count} times, first in ${this.#place(row)}`,
      );
    }
    if (outputs.length < 2) return;
    this.conflictInputs += 1;
    this.conflictOutputs += outputs.length;
    this.conflictsRemoved += outputs.length - (kept === null ? 0 : 1);
    const total = outputs.reduce((sum, { count }) => sum + count, 0);
    this.#conflicts.offer(total, () => this.#describeConflict({ kept, outputs }));
  }

  #describeConflict({ kept, outputs }: Resolution): string {
    const ranked = outputs.toSorted((a, b) => b.weight - a.weight);
    const shown = ranked.slice(0, 4).map(({ row, count, weight }) => {
      const times = weight === count ? `${count}×` : `weight ${Number(weight.toPrecision(4))}`;
      return `${quoteLabel(row.output)} ${times} (${this.#place(row)})`;
    });
    const more = ranked.length > 4 ? ` and ${ranked.length - 4} more` : '';
    const fate = kept === null ? 'all removed' : `kept ${quoteLabel(kept.output)}`;
    return `${quoteForDisplay(ranked[0]!.row.input)} → ${shown.join(', ')}${more}: ${fate}`;
  }

  addSpan(text: string): void {
    if (this.#spans.length < 5) this.#spans.push(text);
  }

  #place(row: StoredRow): string {
    return row.call?.inference ?? `${this.#sources[row.source]?.name ?? '?'}:${row.line}`;
  }

  /** Findings about copies, in the order of the report. */
  findings(task: Task, spans: GroupSpanResult): CurationFinding[] {
    return [
      this.#emptyFinding(),
      this.#overLongFinding(task.config.curation.maxInputLength),
      this.#duplicateFinding(),
      this.#conflictFinding(task.config.curation.conflictingOutputs),
      this.#spanFinding(spans),
    ];
  }

  #emptyFinding(): CurationFinding {
    const count = this.emptyInputs;
    return {
      check: 'empty-inputs',
      count,
      removed: count,
      severity: count === 0 ? 'ok' : 'note',
      message:
        count === 0
          ? 'No input is empty.'
          : `${countOf(count, 'input')} empty or white space alone; removed.`,
      samples: this.#empty,
    };
  }

  #overLongFinding(limit: number): CurationFinding {
    const count = this.overLongInputs;
    const longer = `longer than ${formatCount(limit)} characters (curation.maxInputLength)`;
    return {
      check: 'over-long-inputs',
      count,
      removed: count,
      severity: count === 0 ? 'ok' : 'warning',
      message: count === 0 ? `No input is ${longer}.` : `${countOf(count, 'input')} ${longer}; removed.`,
      samples: this.#overLong.texts(),
    };
  }

  #duplicateFinding(): CurationFinding {
    const count = this.duplicates;
    return {
      check: 'exact-duplicates',
      count,
      removed: count,
      severity: count === 0 ? 'ok' : 'note',
      message:
        count === 0
          ? 'No example is there twice.'
          : `${countOf(count, 'further copy', 'further copies')} of examples with the same input and output; one of each kept.`,
      samples: this.#duplicates.texts(),
    };
  }

  #conflictFinding(policy: 'majority' | 'drop'): CurationFinding {
    const fate =
      policy === 'drop'
        ? 'all of them removed'
        : 'the commonest output kept, all removed where two are as common';
    return {
      check: 'conflicting-outputs',
      count: this.conflictOutputs,
      removed: this.conflictsRemoved,
      severity: this.conflictInputs === 0 ? 'ok' : 'warning',
      message:
        this.conflictInputs === 0
          ? 'No input has two different outputs.'
          : `${countOf(this.conflictInputs, 'input')} with ${formatCount(this.conflictOutputs)} different outputs between them; ${fate}.`,
      samples: this.#conflicts.texts(),
    };
  }

  #spanFinding({ spanning, removedCount }: GroupSpanResult): CurationFinding {
    return {
      check: 'group-across-splits',
      count: removedCount,
      removed: removedCount,
      severity: spanning === 0 ? 'ok' : 'warning',
      message:
        spanning === 0
          ? 'No group is in two splits.'
          : `${countOf(spanning, 'group')} in more than one split of your split column; ${countOf(removedCount, 'example')} in the less held-out split removed, so that held-out stays unseen.`,
      samples: this.#spans,
    };
  }
}

/** Thin classes, balance, and labels that differ in case or white space only: reported, never changed. */
export function classFindings(classes: DatasetManifest['classes'], examples: number): CurationFinding[] {
  const sized = classes
    .map(({ label, train, validation, heldOut }) => ({ label, size: train + validation + heldOut }))
    .toSorted((a, b) => a.size - b.size);
  return [balanceFinding(sized, examples), thinFinding(sized), similarLabelsFinding(sized)];
}

interface SizedClass {
  label: string;
  size: number;
}

function balanceFinding(sized: readonly SizedClass[], examples: number): CurationFinding {
  const rarest = sized[0]!;
  const commonest = sized.at(-1)!;
  const skewed = commonest.size > 0.9 * examples;
  return {
    check: 'class-balance',
    count: 0,
    removed: 0,
    severity: skewed ? 'warning' : commonest.size > 20 * rarest.size ? 'note' : 'ok',
    message:
      `${countOf(sized.length, 'output')}: the commonest, ${quoteLabel(commonest.label)}, has ${formatShare(commonest.size, examples)} of the examples, ` +
      `the rarest, ${quoteLabel(rarest.label)}, ${formatShare(rarest.size, examples)}.` +
      (skewed ? ' Always answering the commonest would look good: judge by macro-F1.' : ''),
    samples: [],
  };
}

function thinFinding(sized: readonly SizedClass[]): CurationFinding {
  const thin = sized.filter(({ size }) => size < THIN_CLASS_EXAMPLES);
  return {
    check: 'thin-classes',
    count: thin.length,
    removed: 0,
    severity: thin.length === 0 ? 'ok' : 'warning',
    message:
      thin.length === 0
        ? `Every output has at least ${THIN_CLASS_EXAMPLES} examples.`
        : `${countOf(thin.length, 'output')} with fewer than ${THIN_CLASS_EXAMPLES} examples: too few to learn or to judge well. Label more of them, or merge them.`,
    samples: thin.slice(0, 10).map(({ label, size }) => `${quoteLabel(label)}: ${size}`),
  };
}

function similarLabelsFinding(sized: readonly SizedClass[]): CurationFinding {
  const spellings = new Map<string, SizedClass[]>();
  for (const entry of sized) {
    const key = entry.label
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[\s_-]+/gu, ' ')
      .trim();
    spellings.set(key, [...(spellings.get(key) ?? []), entry]);
  }
  const similar = [...spellings.values()].filter((entries) => entries.length > 1);
  return {
    check: 'similar-outputs',
    count: similar.length,
    removed: 0,
    severity: similar.length === 0 ? 'ok' : 'warning',
    message:
      similar.length === 0
        ? 'No two outputs differ in case or spacing alone.'
        : `${countOf(similar.length, 'output')} written in several ways that differ in case or spacing alone; they count as different classes. Write them the same if they mean the same.`,
    samples: similar
      .slice(0, 10)
      .map((entries) => entries.map(({ label, size }) => `${quoteLabel(label)} (${size})`).join(', ')),
  };
}
