import { parseTime } from './parse-time.ts';
import { parseSplitName } from './split.ts';
import { textOfValue } from './value-text.ts';

const MAX_DISTINCT = 5_000;

/** What a column's values look like over the rows looked at. */
export class ColumnProfile {
  readonly name: string;
  /** Values that are neither missing nor empty. */
  filled = 0;
  texts = 0;
  numbers = 0;
  times = 0;
  splits = 0;
  totalLength = 0;
  totalWords = 0;
  unusable = 0;
  readonly counts: Map<string, number> = new Map();
  /** Whether there were more different values than are counted. */
  overflowed = false;

  constructor(name: string) {
    this.name = name;
  }

  add(value: unknown): void {
    if (value === null || value === undefined || value === '') return;
    this.filled += 1;
    if (typeof value === 'object' && !(value instanceof Date && !Number.isNaN(value.getTime()))) {
      this.unusable += 1;
      return;
    }
    const text = value instanceof Date ? value.toISOString() : (textOfValue(value) ?? '');
    if (typeof value === 'string') this.texts += 1;
    if (text.trim() !== '' && Number.isFinite(Number(text))) this.numbers += 1;
    else if (parseTime(value) !== null) this.times += 1;
    if (parseSplitName(text) !== null) this.splits += 1;
    this.totalLength += text.length;
    this.totalWords += text.length > 400 ? text.length / 6 : text.split(/\s+/u).length;
    this.#count(text);
  }

  #count(text: string): void {
    const key = text.length > 200 ? `${text.slice(0, 200)}…${text.length}` : text;
    const count = this.counts.get(key);
    if (count !== undefined) this.counts.set(key, count + 1);
    else if (this.counts.size < MAX_DISTINCT) this.counts.set(key, 1);
    else this.overflowed = true;
  }

  get distinct(): number {
    return this.counts.size;
  }

  /** Share of values that are different from all before; 1 when too many to count. */
  get distinctShare(): number {
    return this.overflowed ? 1 : this.distinct / Math.max(1, this.filled);
  }

  get meanLength(): number {
    return this.totalLength / Math.max(1, this.filled);
  }

  get meanWords(): number {
    return this.totalWords / Math.max(1, this.filled);
  }

  share(kind: 'texts' | 'numbers' | 'times' | 'splits' | 'unusable'): number {
    return this[kind] / Math.max(1, this.filled);
  }

  /** The commonest values with their counts. */
  commonest(limit: number): { label: string; count: number }[] {
    return [...this.counts]
      .map(([label, count]) => ({ label, count }))
      .toSorted((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
      .slice(0, limit);
  }
}
