import { z } from 'zod';
import { answeredAsSchema, endpointSchema, type Inference } from '../../schema/inference.ts';
import type {
  InferenceFilter,
  InferencePage,
  InferenceWithFeedback,
  PageOptions,
} from '../../store/store.ts';
import type { ApiCall } from '../api-call.ts';
import { ApiError, badRequest } from '../api-error.ts';
import { parseRequest } from '../parse-request.ts';
import { keptCallsOf, unavailable } from './feedback-route.ts';

const MOST_ROWS = 1000;
const time = z.iso.datetime({ offset: true, error: 'expected a time as 2026-11-24T10:05:00Z' });
const yesOrNo = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Query of `GET /api/v1/inferences`. */
export const inferencesQuerySchema = z.strictObject({
  task: z.string().optional(),
  endpoint: endpointSchema.optional(),
  target: z.string().optional(),
  answeredAs: answeredAsSchema.optional(),
  user: z.string().optional(),
  group: z.string().optional(),
  /** `name=value`, several times for several tags. */
  tag: z.array(z.string().regex(/^[^=]+=/, 'expected name=value')).optional(),
  since: time.optional(),
  until: time.optional(),
  failed: yesOrNo.optional(),
  /** Kinds of feedback, separated by commas. */
  feedback: z
    .string()
    .transform((kinds) => kinds.split(','))
    .pipe(z.array(z.enum(['accepted', 'edited', 'rejected', 'corrected', 'score'])))
    .optional(),
  /** Requests, answers and feedback too. */
  contents: yesOrNo.default(false),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(100),
  order: z.enum(['newest', 'oldest']).default('newest'),
});

/** `GET /api/v1/inferences`: captured calls, newest first, a page at a time. */
export async function listInferences(call: ApiCall): Promise<Response> {
  const { inferences } = keptCallsOf(call);
  const { after, limit, order, contents, tag, ...conditions } = parseRequest(
    inferencesQuerySchema,
    queryOf(call.url),
    'query',
  );
  const filter = { ...conditions, ...(tag === undefined ? {} : { tags: tagsOf(tag) }) } as InferenceFilter;
  const options: PageOptions = { limit, order, ...(after === undefined ? {} : { after }) };
  if (!contents) {
    const { rows, next } = await inferences.page(filter, options).catch(refused);
    return call.respondJson({ inferences: rows, next });
  }
  const { rows, next }: InferencePage<InferenceWithFeedback> = await inferences
    .pageWithFeedback(filter, options)
    .catch(refused);
  return call.respond(
    `{"inferences":[${rows.map(withFeedbackText).join(',')}],"next":${JSON.stringify(next)}}`,
    'application/json',
  );
}

/** `GET /api/v1/inferences/:id`: one captured call with its contents and all that was said of it, by its id or the id in its answer. */
export async function getInference(call: ApiCall, id: string): Promise<Response> {
  const kept = keptCallsOf(call);
  let found = await kept.inferences.find(id).catch(unavailable);
  if (found === null) {
    await kept.flush();
    found = await kept.inferences.find(id).catch(unavailable);
  }
  if (found === null) {
    const message = `There is no inference with the id ${JSON.stringify(id.slice(0, 100))}; it may have been deleted.`;
    throw new ApiError({ status: 404, code: 'inference_not_found', message });
  }
  return call.respond(withFeedbackText(found), 'application/json');
}

/** Request and answer stand in it as the JSON that they are, to the last digit. */
function withFeedbackText({ inference, feedback }: InferenceWithFeedback): string {
  const { request, response, ...summary }: Inference = inference;
  const contents = `"request":${jsonOrText(request)},"response":${response === null ? 'null' : jsonOrText(response)}`;
  return `{"inference":${JSON.stringify(summary).slice(0, -1)},${contents}},"feedback":${JSON.stringify(feedback)}}`;
}

function jsonOrText(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/** Each parameter once, but for `tag`. */
function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    if (name !== 'tag' && values.length > 1) throw badRequest('expected it once.', name);
    query[name] = name === 'tag' ? values : values[0]!;
  }
  return query;
}

function tagsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** A cursor that is none is the request's fault. */
function refused(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'store/bad-cursor')
    throw badRequest('expected what `next` of the page before said.', 'after');
  return unavailable(error);
}
