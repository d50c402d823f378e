import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { askLabel, type Asker, requestFor } from '../../predictor/prompt/ask-label.ts';
import { type LabelParser, labelParser } from '../../predictor/prompt/parse-label.ts';
import { type Prompt, PROMPT_NAME } from '../../predictor/prompt/prompt-file.ts';
import type { Example } from '../../schema/example.ts';
import { purseOf } from '../../upstream/purse.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { RungContext } from '../rung.ts';
import { framedPrompt, outputTokensFor } from './prompt-templates.ts';
import { tunePrompt, type TuningLimits, type Variant } from './tune-prompt.ts';
import { pickTuningExamples, type TuningExamples } from './tuning-examples.ts';
import { usableUpstreams } from './upstream-availability.ts';

/** The share of a rung's money and time that tuning may use; the rest is for judging the candidate. */
const TUNING_SHARE = 0.3;

/** For models that think before they answer. */
const REASONING_OUTPUT_TOKENS = 2048;

/** What a rung prepares for one upstream that answered its first call. */
export interface UpstreamPlan {
  upstream: Upstream;
  parse: LabelParser;
  maxOutputTokens: number;
  tuning: TuningExamples;
}

/** The ways to ask, and what to write besides `prompt.json`. */
export interface CandidatePlan {
  variants: readonly Variant[];
  notes: readonly string[];
  writeMore?(directory: string): Promise<void>;
}

/**
 * Tunes and saves one candidate per usable upstream, named for the rung and, after the first, the upstream. An upstream
 * that fails is left out and named in the notes of the others; throws its error when none is left.
 */
export async function buildPerUpstream(
  context: RungContext,
  kind: 'prompt' | 'few-shot',
  plan: (upstream: UpstreamPlan) => Promise<CandidatePlan>,
): Promise<void> {
  const tuning = await pickTuningExamples(context);
  const names = usableUpstreams(context);
  const failures: HomegrownError[] = [];
  for (const [position, name] of names.entries()) {
    const candidate = position === 0 ? kind : `${kind}/${name}`;
    try {
      await buildCandidate(context, {
        kind,
        candidate,
        name,
        share: 1 / names.length,
        tuning,
        plan,
        failures,
      });
    } catch (thrown) {
      if (!(thrown instanceof HomegrownError) || !thrown.code.startsWith('upstream/')) throw thrown;
      failures.push(thrown);
      if (names.length > 1) context.progress(`${candidate}: not tried: ${thrown.message}`);
    }
  }
  if (failures.length === names.length) throw failures[0]!;
}

async function buildCandidate(
  context: RungContext,
  facts: {
    kind: 'prompt' | 'few-shot';
    candidate: string;
    name: string;
    share: number;
    tuning: TuningExamples;
    plan: (upstream: UpstreamPlan) => Promise<CandidatePlan>;
    failures: readonly HomegrownError[];
  },
): Promise<void> {
  const { kind, candidate, name, tuning, failures } = facts;
  const upstream = context.upstreams.get(name);
  const limits = limitsOf(context, facts.share, candidate);
  const parse = labelParser(context.labels);
  const first = await firstCall(context, { upstream, parse, tuning, limits });
  const plan = await facts.plan({ upstream, parse, maxOutputTokens: first.maxOutputTokens, tuning });
  const { labels } = context;
  const { examples } = tuning;
  const tuned = await tunePrompt({
    variants: plan.variants,
    examples,
    labels,
    callMs: first.callMs,
    limits: { ...limits, usd: limits.usd === null ? null : limits.usd - first.worstCaseUsd },
  });
  const prompt = { ...tuned.chosen.asker.prompt, outcomes: tuned.outcomes };
  await context.saveCandidate(
    {
      name: candidate,
      kind,
      settings: { template: prompt.template, shots: prompt.shots?.count ?? 0 },
      upstreams: [name],
      notes: [
        `Asks ${upstream.modelId} through upstream "${name}".`,
        ...tuned.notes,
        ...(tuning.from === 'train' ? ['Tuned on a part of train: there is no validation split.'] : []),
        ...first.notes,
        ...cutNotes(examples, prompt),
        ...plan.notes,
        ...failures.map((failure) => `Another upstream was left out: ${failure.message}.`),
      ],
      trainedOn: tuned.chosen.trainedOn,
    },
    async (directory) => {
      await writeFile(join(directory, PROMPT_NAME), `${JSON.stringify(prompt, null, 2)}\n`);
      await plan.writeMore?.(directory);
    },
  );
}

function cutNotes(examples: readonly Example[], { maxInputCharacters }: Prompt): string[] {
  const cut = examples.filter(({ input }) => input.length > maxInputCharacters).length;
  if (cut === 0) return [];
  return [
    `${cut} of ${examples.length} tuning texts were longer than ${maxInputCharacters} characters and were cut.`,
  ];
}

function limitsOf(context: RungContext, share: number, candidate: string): TuningLimits {
  const { minutes, usd } = context.budget;
  const tuningUsd = usd === null ? null : usd * share * TUNING_SHARE;
  return {
    purse: tuningUsd === null ? null : purseOf(tuningUsd),
    usd: tuningUsd,
    minutes: minutes * share * TUNING_SHARE,
    signal: context.signal,
    progress: (message, done) =>
      context.progress(candidate.includes('/') ? `${candidate}: ${message}` : message, done),
  };
}

/** Says whether the upstream can be used at all, how long a call takes and how much room its answers need. Throws its error if not. */
async function firstCall(
  context: RungContext,
  facts: { upstream: Upstream; parse: LabelParser; tuning: TuningExamples; limits: TuningLimits },
): Promise<{ callMs: number; worstCaseUsd: number; maxOutputTokens: number; notes: string[] }> {
  const { task, labels } = context;
  const { upstream, parse, limits } = facts;
  const input = (facts.tuning.examples[0] ?? (await firstOf(context.train)))?.input ?? '';
  const usual = outputTokensFor(labels);
  let worstCaseUsd = 0;
  for (const maxOutputTokens of [usual, usual + REASONING_OUTPUT_TOKENS]) {
    const prompt = framedPrompt({ task, labels, upstream, maxOutputTokens });
    const asker: Asker = { upstream, parse, nearest: null, prompt };
    const { signal, purse } = limits;
    worstCaseUsd += upstream.worstCaseUsd(requestFor(asker, input)) ?? 0;
    const answer = await askLabel(asker, input, { signal, ...(purse && { purse }) });
    const notes =
      maxOutputTokens === usual
        ? []
        : [`The model thinks before it answers, so each answer may take ${maxOutputTokens} tokens.`];
    if (answer.kind !== 'failed') return { callMs: answer.durationMs, worstCaseUsd, maxOutputTokens, notes };
    if (answer.error.code !== 'upstream/cut-off' || maxOutputTokens > usual) throw answer.error;
  }
  throw new Error('both attempts return or throw');
}

async function firstOf(examples: AsyncIterable<Example>): Promise<Example | undefined> {
  for await (const example of examples) return example;
  return undefined;
}
