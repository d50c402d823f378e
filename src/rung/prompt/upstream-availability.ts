import type { Availability, RungContext } from '../rung.ts';

/** The list of labels goes into every call; beyond this it is too long to be read well or paid for. */
const MOST_LABELS = 2000;

const HOW_TO_ADD =
  "Add one to homegrown.config.ts, for example: upstreams: { main: { baseUrl: 'https://api.openai.com/v1', apiKeyEnv: 'OPENAI_API_KEY', model: '…' } }";

/** Whether a rung that asks upstreams can run: there is one, it has a price where there is a budget, and money is left. */
export function upstreamAvailability(
  context: Pick<RungContext, 'task' | 'upstreams' | 'budget' | 'labels'>,
): Availability {
  const { upstreams, budget, labels } = context;
  if (upstreams.names.length === 0) return unavailable('no upstream', HOW_TO_ADD);
  if (labels.length > MOST_LABELS) {
    return unavailable(
      `${labels.length} labels are too many to list in a prompt (at most ${MOST_LABELS})`,
      null,
    );
  }
  if (isBudgeted(context) && usableUpstreams(context).length === 0) {
    return unavailable(
      `the task has budget.usd, but ${upstreams.names.length === 1 ? `upstream "${upstreams.names[0]}" has` : 'the upstreams have'} no price, so its cost cannot be kept within it`,
      'Add price: { inputPer1mUsd, outputPer1mUsd } to the upstream, or remove budget.usd.',
    );
  }
  if (budget.usd !== null && budget.usd <= 0) {
    return unavailable('budget.usd is used up', "Raise the task's budget.usd in homegrown.config.ts.");
  }
  return { available: true };
}

/** The upstreams that may be called: all without a budget, those with a price under one. */
export function usableUpstreams(context: Pick<RungContext, 'task' | 'upstreams' | 'budget'>): string[] {
  const { upstreams } = context;
  return upstreams.names.filter((name) => !isBudgeted(context) || upstreams.get(name).priced);
}

function isBudgeted({ task, budget }: Pick<RungContext, 'task' | 'budget'>): boolean {
  return task.config.budget.usd !== undefined || budget.usd !== null;
}

function unavailable(reason: string, hint: string | null): Availability {
  return { available: false, reason, hint };
}
