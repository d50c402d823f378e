import type { Rung, RungContext } from '../rung.ts';
import { balancedSample } from './balanced-sample.ts';
import { buildPerUpstream, type CandidatePlan, type UpstreamPlan } from './build-per-upstream.ts';
import { describeLabels } from './describe-labels.ts';
import { describedPrompt, framedPrompt, plainPrompt } from './prompt-templates.ts';
import { upstreamAvailability } from './upstream-availability.ts';

/** Descriptions are made from at most this many examples, and at most so many each. */
const MOST_DESCRIBING = 5000;
const DESCRIBING_EACH = 100;

/** Beyond so many labels descriptions would make every call long and dear: they are left out. */
const MOST_DESCRIBED_LABELS = 150;

/** `prompt`: an upstream that is told the labels, with the best of three ways to tell them. */
export const promptRung: Rung = {
  name: 'prompt',
  availability: upstreamAvailability,
  build: (context) => buildPerUpstream(context, 'prompt', (upstream) => planPrompts(context, upstream)),
};

async function planPrompts(context: RungContext, plan: UpstreamPlan): Promise<CandidatePlan> {
  const { task, labels, train, seed } = context;
  const { upstream, parse, maxOutputTokens, tuning } = plan;
  const facts = { task, labels, upstream, maxOutputTokens };
  const prompts = [plainPrompt(facts), framedPrompt(facts)];
  let describedBy = 0;
  if (labels.length <= MOST_DESCRIBED_LABELS) {
    const size = Math.min(MOST_DESCRIBING, DESCRIBING_EACH * labels.length);
    const sample = await balancedSample(train, { size, seed, skip: tuning.isHeldBack });
    const descriptions = describeLabels(
      labels,
      sample,
      labels.length <= 20 ? 3 : labels.length <= 50 ? 2 : 1,
    );
    prompts.push(describedPrompt(facts, descriptions));
    describedBy = sample.length;
  }
  const variants = prompts.map((prompt) => ({
    name: prompt.template,
    asker: { upstream, prompt, parse, nearest: null },
    trainedOn: prompt.template === 'described' ? describedBy : 0,
  }));
  return { variants, notes: [] };
}
