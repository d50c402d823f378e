import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { percentile } from '../../bench/serve/percentile.ts';
import type { Definition } from './definitions.ts';

/** One answer that the product got. */
export interface ProductAnswer {
  text: string;
  topic: string | null;
  id: string;
  /** Who answered, by the answer itself. */
  model: string;
  ms: number;
}

/** An answer beside what was asked. */
export interface Sorted {
  asked: Definition;
  got: ProductAnswer;
}

/** What the product saw, against what would have been right. */
export interface ProductSummary {
  accuracy: number;
  p50Ms: number;
  p95Ms: number;
}

const SCRIPT = join(fileURLToPath(new URL('../..', import.meta.url)), 'examples/loop/product.ts');
/** Texts that come in a second. */
const RATE = 100;

/** The product, a process of its own that runs all along. */
export class Product {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (got: ProductAnswer) => void>();
  #ended: number | null | undefined;

  constructor(baseUrl: string) {
    this.#child = spawn(process.execPath, [SCRIPT], {
      env: { ...process.env, OPENAI_BASE_URL: `${baseUrl}/v1`, OPENAI_API_KEY: 'none needed on loopback' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.once('exit', (code) => {
      this.#ended = code;
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const got = JSON.parse(line) as ProductAnswer;
      this.#waiting.get(got.text)?.(got);
      this.#waiting.delete(got.text);
    });
  }

  /** Lets texts come in at a steady rate; resolves when all are answered. `onAnswer` is told of each when it comes. */
  async sort(definitions: readonly Definition[], onAnswer: (sorted: Sorted) => void): Promise<Sorted[]> {
    const answers: Sorted[] = [];
    const start = performance.now();
    for (const [index, asked] of definitions.entries()) {
      const waitMs = start + (1000 * index) / RATE - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      this.#waiting.set(asked.text, (got) => {
        answers.push({ asked, got });
        onAnswer({ asked, got });
      });
      this.#child.stdin!.write(`${JSON.stringify({ user: asked.user, text: asked.text })}\n`);
    }
    while (answers.length < definitions.length) {
      if (this.#ended !== undefined) throw new Error(`the product ended with ${this.#ended}`);
      await sleep(20);
    }
    return answers;
  }

  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await exit;
  }
}

export function summaryOf(answers: readonly Sorted[]): ProductSummary {
  const times = Float64Array.from(answers, ({ got }) => got.ms).toSorted();
  const right = answers.filter(({ asked, got }) => asked.topic === got.topic).length;
  return {
    accuracy: right / answers.length,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
  };
}
