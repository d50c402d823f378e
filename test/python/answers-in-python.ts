import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const answerSchema = z.strictObject({ label: z.string(), probabilities: z.array(z.number()) });

/** One answer, here or in Python. */
export interface Answer {
  readonly label: string | null;
  readonly probabilities: ArrayLike<number> | null;
}

/** Answers of a model folder's loader in Python, one for each text. */
export async function answersInPython(
  python: string,
  { loader, directory, texts }: { loader: string; directory: string; texts: readonly string[] },
): Promise<z.infer<typeof answerSchema>[]> {
  const child = spawn(python, [loader, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(texts.map((input) => `${JSON.stringify({ input })}\n`).join(''));
  const output = await text(child.stdout);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => answerSchema.parse(JSON.parse(line)));
}

/** Largest difference of a probability; throws when a label differs or the difference is above `tolerance`. */
export function largestDifference(
  texts: readonly string[],
  { ours, theirs, tolerance }: { ours: readonly Answer[]; theirs: readonly Answer[]; tolerance: number },
): number {
  if (theirs.length !== texts.length) throw new Error(`${texts.length} answers expected, ${theirs.length}`);
  let largest = 0;
  for (const [index, { label, probabilities }] of theirs.entries()) {
    const own = ours[index]!;
    const difference = Math.max(
      ...Array.from(probabilities!, (p, column) => Math.abs(p - own.probabilities![column]!)),
    );
    if (label !== own.label || !(difference <= tolerance))
      throw new Error(
        `${JSON.stringify(texts[index]!.slice(0, 80))}: ${own.label} here, ${label} there, ${difference} apart`,
      );
    largest = Math.max(largest, difference);
  }
  return largest;
}
