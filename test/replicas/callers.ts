import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from './replica.ts';

/** One call as its caller saw it. */
export interface SeenCall {
  readonly replica: string;
  readonly user: string;
  /** `performance.now()` when the answer was there. */
  readonly at: number;
  /** 0: the connection failed. */
  readonly status: number;
  readonly target: string | null;
  readonly inference: string | null;
  /** Of a refusal. */
  readonly code: string | null;
}

/** Asks for the label of a text, as a product does. */
export async function call(
  replica: Replica,
  { key, user, text = 'a cat sat there' }: { key: string; user: string; text?: string },
): Promise<SeenCall> {
  const seen = { replica: replica.name, user };
  try {
    const response = await fetch(`${replica.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${key}`,
        'x-homegrown-user': user,
      },
      body: JSON.stringify({ model: 'task:topic', messages: [{ role: 'user', content: text }] }),
    });
    const body = (await response.json()) as { error?: { code: string } };
    return {
      ...seen,
      at: performance.now(),
      status: response.status,
      target: response.headers.get('x-homegrown-target'),
      inference: response.headers.get('x-homegrown-inference'),
      code: body.error?.code ?? null,
    };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { ...seen, at: performance.now(), status: 0, target: null, inference: null, code: String(cause) };
  }
}

/** Callers that go on until they are stopped, each after its last answer. */
export class Load {
  readonly calls: SeenCall[] = [];
  readonly #callers: Promise<void>[];
  #isStopped = false;

  constructor(
    replicas: readonly Replica[],
    { key, callersEach, pauseMs }: { key: string; callersEach: number; pauseMs: number },
  ) {
    this.#callers = replicas.flatMap((replica) =>
      Array.from({ length: callersEach }, (_, index) => this.#call(replica, { key, index, pauseMs })),
    );
  }

  /** Ends after the calls that are under way. */
  async stop(): Promise<readonly SeenCall[]> {
    this.#isStopped = true;
    await Promise.all(this.#callers);
    return this.calls;
  }

  async #call(
    replica: Replica,
    { key, index, pauseMs }: { key: string; index: number; pauseMs: number },
  ): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn++) {
      this.calls.push(await call(replica, { key, user: `load-${index}-${turn % 50}` }));
      await sleep(pauseMs);
    }
  }
}
