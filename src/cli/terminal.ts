const REDRAW_MS = 80;
const PLAIN_LINE_MS = 5000;

/** What the commands write to: results on stdout, everything else on stderr. */
export class Terminal {
  /** One JSON document (or JSON lines) on stdout and nothing else there. */
  readonly json: boolean;
  readonly #isInteractive = process.stderr.isTTY;
  #barShown = false;
  #takesNotes = true;
  /** What was shown last, its numbers left out. */
  #lastStep = '';
  #lastAt = 0;

  constructor({ json }: { json: boolean }) {
    this.json = json;
  }

  /** A result for people; left out under `--json`. */
  print(text: string): void {
    if (this.json) return;
    this.clearBar();
    process.stdout.write(`${text}\n`);
  }

  /** The result for programs; left out without `--json`. */
  printJson(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** From now on standard error belongs to somebody else. */
  leaveNotes(): void {
    this.#takesNotes = false;
  }

  /** A remark or hint. */
  note(text: string): void {
    if (!this.#takesNotes) return;
    this.clearBar();
    process.stderr.write(`${text}\n`);
  }

  /** Progress: a bar that redraws itself on a terminal, a plain line every few seconds elsewhere. */
  progress(label: string, share?: number | null): void {
    const step = label.replaceAll(/\d+/g, '#');
    const now = Date.now();
    const isNews = step !== this.#lastStep;
    if (!isNews && now - this.#lastAt < (this.#isInteractive ? REDRAW_MS : PLAIN_LINE_MS)) return;
    this.#lastStep = step;
    this.#lastAt = now;
    const percent = typeof share === 'number' ? ` ${Math.floor(share * 100)} %` : '';
    if (this.#isInteractive) this.#drawBar(label, share ?? null, percent);
    else process.stderr.write(`${label}${percent}\n`);
  }

  clearBar(): void {
    if (!this.#barShown) return;
    process.stderr.write('\r\u001B[2K');
    this.#barShown = false;
  }

  #drawBar(label: string, share: number | null, percent: string): void {
    const width = 24;
    const filled = Math.round((share ?? 0) * width);
    const bar = share === null ? '' : `${'█'.repeat(filled)}${'░'.repeat(width - filled)} `;
    const columns = process.stderr.columns ?? 80;
    process.stderr.write(`\r\u001B[2K${`${bar}${label}${percent}`.slice(0, columns - 1)}`);
    this.#barShown = true;
  }
}
