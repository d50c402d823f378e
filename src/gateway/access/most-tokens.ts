import type { Price } from '../../schema/price-config.ts';
import type { CallFacts } from '../call-facts.ts';
import { isRecord } from '../../util/is-record.ts';

/** Output of a call that names no limit, to a model whose limit nobody knows. */
export const DEFAULT_OUTPUT_TOKENS = 32_768;
/** Input of a call that refers to what is stored elsewhere, for a model whose limit nobody knows. */
export const DEFAULT_CONTEXT_TOKENS = 1_048_576;
/** The dearest picture of a known provider has 48,169 tokens. */
const TOKENS_PER_IMAGE = 50_000;
const TOKENS_PER_SMALL_IMAGE = 3000;
/** What providers put around a request: roles, separators, a prompt that explains tools. */
const TOKENS_AROUND = 64;
const TOKENS_AROUND_TOOLS = 1024;

/** The most tokens that a call can use in each direction. */
export interface MostTokens {
  readonly input: number;
  readonly output: number;
}

/**
 * An upper bound of what a call uses with a model. Text has at most a token for each byte of the request, since byte-level tokenizers
 * make at most one of a byte; pictures count what the dearest one does, and what is stored elsewhere counts as a full context.
 */
export function mostTokensOf(facts: CallFacts, price: Price | null): MostTokens {
  const { endpoint, request, body } = facts;
  const context = price?.maxInputTokens ?? DEFAULT_CONTEXT_TOKENS;
  let input = body.byteLength + TOKENS_AROUND + (Array.isArray(request['tools']) ? TOKENS_AROUND_TOOLS : 0);
  const parts = surveyOf(request);
  input = parts.isElsewhere ? context : input + parts.imageTokens;
  // A provider refuses longer input; a batch of embeddings has the limit for each of its texts.
  if (endpoint !== 'embeddings') input = Math.min(input, price?.maxInputTokens ?? Infinity);
  return { input, output: endpoint === 'embeddings' ? 0 : mostOutputOf(request, price) };
}

function mostOutputOf(request: CallFacts['request'], price: Price | null): number {
  const asked =
    countAt(request, 'max_completion_tokens') ??
    countAt(request, 'max_tokens') ??
    countAt(request, 'max_output_tokens');
  const most = Math.min(asked ?? Infinity, price?.maxOutputTokens ?? Infinity);
  const choices = countAt(request, 'n') ?? 1;
  return (most === Infinity ? DEFAULT_OUTPUT_TOKENS : most) * Math.max(1, choices);
}

interface Survey {
  /** Whether it refers to what only the provider has. */
  isElsewhere: boolean;
  imageTokens: number;
}

/** Looks for what its own bytes do not bound. */
function surveyOf(request: CallFacts['request']): Survey {
  const survey: Survey = { isElsewhere: false, imageTokens: 0 };
  const { previous_response_id: previous, conversation, prompt, tools } = request;
  if (isGiven(previous) || isGiven(conversation) || isGiven(prompt)) survey.isElsewhere = true;
  if (Array.isArray(tools) && tools.some(worksElsewhere)) survey.isElsewhere = true;
  for (const list of [request['messages'], request['input']])
    if (Array.isArray(list)) for (const item of list) surveyItem(item, survey);
  return survey;
}

function surveyItem(item: unknown, survey: Survey): void {
  if (!isRecord(item)) return;
  if (item['type'] === 'item_reference') survey.isElsewhere = true;
  for (const list of [item['content'], item['output']])
    if (Array.isArray(list)) for (const part of list) surveyPart(part, survey);
}

function surveyPart(part: unknown, survey: Survey): void {
  if (!isRecord(part)) return;
  const type = String(part['type']);
  if (!type.includes('image')) {
    if (!BOUNDED_PARTS.has(type)) survey.isElsewhere = true;
    return;
  }
  const image = isRecord(part['image_url']) ? part['image_url'] : part;
  survey.imageTokens += image['detail'] === 'low' ? TOKENS_PER_SMALL_IMAGE : TOKENS_PER_IMAGE;
}

/** Parts with at most a token for each of their bytes. Sound in base 64 has fewer than one in a hundred. */
const BOUNDED_PARTS = new Set([
  'text',
  'input_text',
  'output_text',
  'refusal',
  'summary_text',
  'reasoning_text',
  'input_audio',
]);

/** Tools of the provider read what they find. */
function worksElsewhere(tool: unknown): boolean {
  return isRecord(tool) && tool['type'] !== 'function' && tool['type'] !== 'custom';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function countAt(request: CallFacts['request'], name: string): number | null {
  const value = request[name];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
}

/** The `service_tier` that a call asks for. */
export function serviceTierOf({ request }: CallFacts): string | null {
  const tier = request['service_tier'];
  return typeof tier === 'string' ? tier : null;
}
