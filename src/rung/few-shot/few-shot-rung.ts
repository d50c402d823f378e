import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestExamples } from '../../predictor/prompt/nearest-examples.ts';
import { EXAMPLES_NAME, type Prompt, type ShownExample } from '../../predictor/prompt/prompt-file.ts';
import type { Example } from '../../schema/example.ts';
import { balancedSample } from '../prompt/balanced-sample.ts';
import { buildPerUpstream, type CandidatePlan, type UpstreamPlan } from '../prompt/build-per-upstream.ts';
import { framedPrompt } from '../prompt/prompt-templates.ts';
import { upstreamAvailability } from '../prompt/upstream-availability.ts';
import type { Rung, RungContext } from '../rung.ts';

/** Kept in memory wherever the candidate answers. */
const MOST_STORED_EXAMPLES = 20_000;
const STORED_CHARACTERS = 2000;

/** Each shown example is cut to this: sixteen of them are then about 2,400 tokens. */
const SHOWN_CHARACTERS = 600;
const SHOT_COUNTS = [4, 8, 16];

/** `few-shot`: an upstream that is shown the training examples nearest to each text; how many is tuned. */
export const fewShotRung: Rung = {
  name: 'few-shot',
  availability: upstreamAvailability,
  build: (context) => buildPerUpstream(context, 'few-shot', (upstream) => planShots(context, upstream)),
};

async function planShots(context: RungContext, plan: UpstreamPlan): Promise<CandidatePlan> {
  const { task, labels, train } = context;
  const { upstream, parse, maxOutputTokens, tuning } = plan;
  const shown = await storedExamples(context, tuning.isHeldBack);
  const stored = tuning.from === 'train' ? await storedExamples(context) : shown;
  const nearest = nearestExamples(shown);
  const base = framedPrompt({ task, labels, upstream, maxOutputTokens });
  const variants = shotCounts(stored.length).map((count) => {
    const prompt: Prompt = {
      ...base,
      template: 'nearest',
      shots: { count, maxCharacters: SHOWN_CHARACTERS },
    };
    return {
      name: `${count} nearest`,
      asker: { upstream, prompt, parse, nearest },
      trainedOn: stored.length,
    };
  });
  const notes =
    stored.length < train.count
      ? [
          `Shows examples from ${stored.length} of ${train.count} training examples, picked evenly over the labels.`,
        ]
      : [];
  return {
    variants,
    notes,
    writeMore: (directory) => writeFile(join(directory, EXAMPLES_NAME), linesOf(stored)),
  };
}

function shotCounts(stored: number): number[] {
  const possible = SHOT_COUNTS.filter((count) => count <= stored);
  return possible.length === 0 ? [Math.max(1, stored)] : possible;
}

async function storedExamples(
  { train, seed }: RungContext,
  skip: (example: Example) => boolean = () => false,
): Promise<ShownExample[]> {
  const picked = await balancedSample(train, { size: MOST_STORED_EXAMPLES, seed, skip });
  return picked.map(({ input, output }) => ({ input: storedText(input), output }));
}

/** A text as a candidate stores it. */
export function storedText(input: string): string {
  return input.slice(0, STORED_CHARACTERS);
}

/** `examples.jsonl` of shown examples. */
export function linesOf(examples: readonly ShownExample[]): string {
  return examples.map((example) => `${JSON.stringify(example)}\n`).join('');
}
