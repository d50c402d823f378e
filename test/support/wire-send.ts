import type {
  WireExchange,
  WireFailure,
  WireRequest,
  WireUpstream,
} from '../../src/upstream/wire-upstream.ts';

/** Parsed JSON, looked into as it came. */
type Parsed = ReturnType<typeof JSON.parse>;

/** Everything an exchange told its handler. */
export interface WireAnswer {
  status: number | null;
  headers: Record<string, string | string[]>;
  text: string;
  failure: WireFailure | null;
  /** The body as JSON. */
  json(): Parsed;
  /** Data of the server-sent events, parsed; `[DONE]` as it is. */
  events(): Parsed[];
}

/** An exchange under way, with what it told so far. */
export interface SentExchange {
  exchange: WireExchange;
  answer: WireAnswer;
  /** Resolves when it ended or failed. */
  finished: Promise<WireAnswer>;
}

type Sent = Partial<WireRequest> & { json: Record<string, unknown> };

/** Sends a request to a wire upstream; headers and the endpoint may be left out. */
export function startSending(upstream: WireUpstream, { json, ...request }: Sent): SentExchange {
  const { promise: finished, resolve } = Promise.withResolvers<WireAnswer>();
  const answer: WireAnswer = {
    status: null,
    headers: {},
    text: '',
    failure: null,
    json: () => JSON.parse(answer.text),
    events: () => eventsIn(answer.text),
  };
  const exchange = upstream.send(
    {
      endpoint: 'chat-completions',
      model: String(json['model']),
      headers: {},
      body: Buffer.from(JSON.stringify(json)),
      stream: json['stream'] === true,
      ...request,
    },
    {
      onHead(status, headers) {
        if (answer.status !== null) throw new Error('a second head');
        answer.status = status;
        answer.headers = { ...headers };
      },
      onData(bytes) {
        if (answer.status === null) throw new Error('data before the head');
        answer.text += Buffer.from(bytes).toString('utf8');
      },
      onEnd: () => resolve(answer),
      onFailure(failure) {
        answer.failure = failure;
        resolve(answer);
      },
    },
  );
  return { exchange, answer, finished };
}

/** The same, waited for. */
export function sendThrough(upstream: WireUpstream, request: Sent): Promise<WireAnswer> {
  return startSending(upstream, request).finished;
}

function eventsIn(text: string): unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) =>
      event
        .split('\n')
        .findLast((line) => line.startsWith('data: '))!
        .slice('data: '.length),
    )
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}
