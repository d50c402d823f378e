import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

/** What the product saw, against what would have been right. */
export interface ProductRun {
  answers: { asked: Definition; got: ProductAnswer }[];
  accuracy: number;
  p50Ms: number;
  p95Ms: number;
}

const PRODUCT = join(fileURLToPath(new URL('../..', import.meta.url)), 'examples/loop/product.ts');

/** Runs the product on these texts. `onAnswer` is told of each answer when it comes. */
export async function runProduct(
  baseUrl: string,
  definitions: readonly Definition[],
  onAnswer: (asked: Definition, got: ProductAnswer) => void = () => undefined,
): Promise<ProductRun> {
  const child = spawn(process.execPath, [PRODUCT], {
    env: { ...process.env, OPENAI_BASE_URL: `${baseUrl}/v1`, OPENAI_API_KEY: 'none needed on loopback' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  child.stdin.end(definitions.map(({ user, text }) => `${JSON.stringify({ user, text })}\n`).join(''));
  const asked = new Map(definitions.map((definition) => [definition.text, definition]));
  const answers: ProductRun['answers'] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const got = JSON.parse(line) as ProductAnswer;
    const definition = asked.get(got.text)!;
    answers.push({ asked: definition, got });
    onAnswer(definition, got);
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0 || answers.length !== definitions.length)
    throw new Error(
      `the product got ${answers.length} of ${definitions.length} answers and ended with ${code}`,
    );
  return { answers, ...summaryOf(answers) };
}

/** The same of some of the answers. */
export function summaryOf(answers: ProductRun['answers']): Omit<ProductRun, 'answers'> {
  const times = Float64Array.from(answers, ({ got }) => got.ms).toSorted();
  const right = answers.filter(({ asked, got }) => asked.topic === got.topic).length;
  return {
    accuracy: right / answers.length,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
  };
}
