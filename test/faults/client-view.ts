import OpenAI, { APIError } from 'openai';

export type Api = 'chat completions' | 'responses';

/** What the program behind an official client sees of one call. */
export interface ClientView {
  /** `whole`: the client ended without complaint; `refused`: an error instead of an answer; `cut`: an error inside it. */
  readonly kind: 'whole' | 'refused' | 'cut';
  readonly text: string;
  /** `finish_reason`, or the response's status; null: there was none. */
  readonly ending: string | null;
  /** HTTP status; null when the client did not get to see one. */
  readonly status: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly retryAfter: string | null;
  /** Who answered, from `x-homegrown-target`. */
  readonly target: string | null;
  readonly ms: number;
}

export interface Ask {
  api: Api;
  baseUrl: string;
  model: string;
  stream: boolean;
  /** What is asked; equal questions get equal answers. */
  question: string;
}

interface Seen {
  text: string;
  ending: string | null;
}

/** Asks through OpenAI's official JavaScript client, which itself tries nothing again. */
export async function askOfficialClient(ask: Ask): Promise<ClientView> {
  const startedAt = performance.now();
  const client = new OpenAI({ baseURL: ask.baseUrl, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  const seen: Seen = { text: '', ending: null };
  let response: Response | null = null;
  let failure: unknown = null;
  try {
    await (ask.api === 'responses' ? askResponses : askChat)(client, ask, seen, (head) => (response = head));
  } catch (error) {
    failure = error;
  }
  return viewOf({ seen, failure, response, ms: performance.now() - startedAt });
}

type OnHead = (response: Response) => void;

async function askChat(
  client: OpenAI,
  { model, stream, question }: Ask,
  seen: Seen,
  onHead: OnHead,
): Promise<void> {
  const messages = [{ role: 'user' as const, content: question }];
  if (!stream) {
    const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
    onHead(response);
    seen.text = data.choices[0]!.message.content ?? '';
    seen.ending = data.choices[0]!.finish_reason;
    return;
  }
  const { data, response } = await client.chat.completions.create({ model, messages, stream }).withResponse();
  onHead(response);
  for await (const { choices } of data) {
    seen.text += choices[0]?.delta.content ?? '';
    seen.ending = choices[0]?.finish_reason ?? seen.ending;
  }
}

async function askResponses(
  client: OpenAI,
  { model, stream, question: input }: Ask,
  seen: Seen,
  onHead: OnHead,
): Promise<void> {
  if (!stream) {
    const { data, response } = await client.responses.create({ model, input }).withResponse();
    onHead(response);
    seen.text = data.output_text;
    seen.ending = data.status ?? null;
    return;
  }
  const { data, response } = await client.responses.create({ model, input, stream }).withResponse();
  onHead(response);
  for await (const event of data) {
    if (event.type === 'response.output_text.delta') seen.text += event.delta;
    if (event.type === 'response.completed') seen.ending = event.response.status ?? null;
    if (event.type === 'response.failed' || event.type === 'error') throw new Error(event.type);
  }
}

function viewOf({
  seen,
  failure,
  response,
  ms,
}: {
  seen: Seen;
  failure: unknown;
  response: Response | null;
  ms: number;
}): ClientView {
  const error = failure instanceof APIError ? failure : null;
  const headers: Headers | undefined = response?.headers ?? (error?.headers as Headers | undefined);
  const header = (name: string): string | null => headers?.get(name) ?? null;
  return {
    kind: failure === null ? 'whole' : response === null ? 'refused' : 'cut',
    ...seen,
    status: response?.status ?? (error?.status as number | undefined) ?? null,
    code:
      error === null
        ? failure instanceof Error
          ? `${failure.name}: ${failure.message}`
          : null
        : (error.code ?? null),
    requestId: header('x-request-id'),
    retryAfter: header('retry-after') ?? header('retry-after-ms'),
    target: header('x-homegrown-target'),
    ms,
  };
}
