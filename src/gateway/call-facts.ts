import type { Endpoint } from '../schema/inference.ts';

/** What is known of a call once its body is read, before anybody answers it. */
export interface CallFacts {
  /** Id of its inference. */
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly requestId: string;
  /** `performance.now()` of its arrival. */
  readonly startedAt: number;
  /** The model as the client named it. */
  readonly model: string;
  /** By `x-homegrown-task`, by the model's name (`task:<name>`), or because a task's `claims` function said so; null: none. */
  readonly task: string | null;
  /** `x-homegrown-user`, else the body's `safety_identifier` or `user`. */
  readonly user: string | null;
  /** `x-homegrown-group`. */
  readonly group: string | null;
  /** `x-homegrown-tags: name=value, …`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly stream: boolean;
  /** The body as it was sent. */
  readonly body: Uint8Array;
  /** The same, parsed. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Header `traceparent`, if it was valid. */
  readonly traceParent: string | null;
}
