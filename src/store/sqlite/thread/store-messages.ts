import { type ErrorFacts, HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import type { Store } from '../../store.ts';

/** Parts of a store that a thread can hold. */
export type Part = 'models' | 'deployments' | 'inferences' | 'feedback' | 'keys' | 'allowances' | 'erasures';

/** Every method of every part: one that is missing does not compile. */
export const METHODS: { readonly [P in Part]: { readonly [M in keyof Store[P]]: true } } = {
  models: { add: true, find: true, findByFingerprint: true, list: true },
  deployments: { list: true, apply: true, history: true, restore: true },
  inferences: {
    append: true,
    find: true,
    tasksOf: true,
    page: true,
    pageWithFeedback: true,
    count: true,
    tally: true,
    passedOn: true,
    deleteSome: true,
  },
  feedback: { append: true, of: true, page: true, deleteBy: true },
  keys: { add: true, findByHash: true, list: true, revoke: true },
  allowances: { take: true, giveBack: true, used: true, deleteBefore: true },
  erasures: { add: true, list: true },
};

/** What the thread starts with. */
export interface StoreThreadSetup {
  readonly path: string;
  readonly busyTimeoutMs: number | undefined;
}

/** Something to do; `part` is null for the store's own methods. */
export interface StoreCall {
  readonly id: number;
  readonly part: Part | null;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** What came of it; id 0 is the opening. */
export type StoreAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: ErrorFacts };

/** A failure as facts that can cross threads. */
export function failureOf(thrown: unknown): ErrorFacts {
  if (!(thrown instanceof HomegrownError)) return { code: 'store/failed', message: messageOf(thrown) };
  const { code, kind, where, expected, found, hint } = thrown;
  return { code, kind, where, expected, found, hint, message: sentenceOf(thrown) };
}

/** The message without the facts that its error put around it. */
function sentenceOf({ message, where, expected, found }: HomegrownError): string {
  const prefix = where === undefined ? '' : `${where}: `;
  const suffix =
    (expected === undefined ? '' : `; expected ${expected}`) +
    (found === undefined ? '' : `; found ${found}`);
  return message.slice(prefix.length, message.length - suffix.length);
}
