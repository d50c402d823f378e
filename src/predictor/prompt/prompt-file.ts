import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';

/** File names inside a candidate of kind `prompt` or `few-shot`. */
export const PROMPT_NAME = 'prompt.json';
export const EXAMPLES_NAME = 'examples.jsonl';

/** How often answer `predicted` was given where `expected` was right; both index the manifest's labels. */
const outcomeSchema = z.strictObject({
  predicted: z.number().int().nonnegative(),
  expected: z.number().int().nonnegative(),
  count: z.number().int().positive(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** `prompt.json`: all that is needed to ask an upstream for a label, ready to read and to send. */
export const promptSchema = z.strictObject({
  format: z.literal(1),
  /** Name in the config, and the model it was tuned with. */
  upstream: z.string(),
  model: z.string(),
  template: z.string(),
  system: z.string(),
  /** What stands around each text in a user message. */
  user: z.strictObject({ before: z.string(), after: z.string() }),
  /** Longer inputs are cut to this many UTF-16 code units. */
  maxInputCharacters: z.number().int().positive(),
  maxOutputTokens: z.number().int().positive(),
  temperature: z.number().nonnegative(),
  /** How many of the nearest stored examples are shown, each cut to `maxCharacters`; null: none. */
  shots: z
    .strictObject({ count: z.number().int().positive(), maxCharacters: z.number().int().positive() })
    .nullable(),
  /** Usable answers on the tuning examples; null when nothing was tuned, and then there are no probabilities. */
  outcomes: z.array(outcomeSchema).nullable(),
});
export type Prompt = z.infer<typeof promptSchema>;

/** One line of `examples.jsonl`. */
export const shownExampleSchema = z.strictObject({ input: z.string(), output: z.string() });
export type ShownExample = z.infer<typeof shownExampleSchema>;

/** Reads `prompt.json`. Throws `model/bad-prompt`. */
export async function readPrompt(directory: string): Promise<Prompt> {
  const path = join(directory, PROMPT_NAME);
  try {
    return promptSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw badFile(path, cause);
  }
}

/** Reads `examples.jsonl`. Throws `model/bad-prompt`. */
export async function readShownExamples(directory: string): Promise<ShownExample[]> {
  const path = join(directory, EXAMPLES_NAME);
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => shownExampleSchema.parse(JSON.parse(line)));
  } catch (cause) {
    throw badFile(path, cause);
  }
}

function badFile(path: string, cause: unknown): HomegrownError {
  const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
  return new HomegrownError({
    code: 'model/bad-prompt',
    message: 'cannot be read',
    where: path,
    found: issue === undefined ? messageOf(cause) : `${issue.path.join('.')}: ${issue.message}`,
    hint: 'Restore the folder from a copy, or build it again with `homegrown climb --fresh`.',
    cause,
  });
}
