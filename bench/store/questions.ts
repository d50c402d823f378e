import type { InferenceFilter, PageOptions } from '../../src/store/store.ts';

/** What people and programs ask of a million captures. */
export interface Question {
  readonly name: string;
  readonly filter: InferenceFilter;
  readonly options?: PageOptions;
}

/** A day in the middle. */
const DAY = { since: '2026-02-01T00:00:00Z', until: '2026-02-02T00:00:00Z' };
const LABELS = ['accepted', 'edited', 'corrected'] as const;

export const QUESTIONS: readonly Question[] = [
  { name: 'everything', filter: {} },
  { name: 'everything, oldest first', filter: {}, options: { order: 'oldest' } },
  { name: 'half of it by task', filter: { task: 'topic' } },
  { name: 'a rare task', filter: { task: 'rare' } },
  { name: 'a task that is not there', filter: { task: 'none' } },
  { name: 'an endpoint', filter: { endpoint: 'responses' } },
  { name: 'an endpoint that is not there', filter: { endpoint: 'embeddings' } },
  { name: 'a target', filter: { target: 'topic@3' } },
  { name: 'canary', filter: { answeredAs: 'canary' } },
  { name: 'a state that is not there', filter: { answeredAs: 'version' } },
  { name: 'a busy user', filter: { user: 'user-0' } },
  { name: 'a user', filter: { user: 'user-20000' } },
  { name: 'a user that is not there', filter: { user: 'nobody' } },
  { name: 'a conversation', filter: { group: 'conversation-77777' } },
  { name: 'a common tag', filter: { tags: { plan: 'free' } } },
  { name: 'a rare tag', filter: { tags: { experiment: 'rare' } } },
  { name: 'a tag that is not there', filter: { tags: { plan: 'none' } } },
  { name: 'a common and a rare tag', filter: { tags: { plan: 'free', experiment: 'rare' } } },
  { name: 'two tags that never meet', filter: { tags: { plan: 'free', region: 'none' } } },
  { name: 'a day', filter: DAY },
  { name: 'a time before all', filter: { until: '2020-01-01T00:00:00Z' } },
  { name: 'failed', filter: { failed: true } },
  { name: 'not failed', filter: { failed: false } },
  { name: 'accepted', filter: { feedback: ['accepted'] } },
  { name: 'corrected (1 in 10,000)', filter: { feedback: ['corrected'] } },
  { name: 'a kind of feedback that is not there', filter: { feedback: ['score'] } },
  {
    name: 'captured(): labels of a task',
    filter: { task: 'topic', feedback: LABELS },
    options: { order: 'oldest' },
  },
  {
    name: 'captured(): labels of a rare task',
    filter: { task: 'rare', feedback: LABELS },
    options: { order: 'oldest' },
  },
  { name: 'a task and a state that is not there', filter: { task: 'topic', answeredAs: 'version' } },
  { name: 'a task and a target', filter: { task: 'topic', target: 'topic@4' } },
  { name: 'a task and a target of another', filter: { task: 'reply', target: 'topic@3' } },
  { name: 'a task and a common tag', filter: { task: 'topic', tags: { plan: 'free' } } },
  { name: 'a rare task and a common tag', filter: { task: 'rare', tags: { plan: 'free' } } },
  { name: 'a user and a task', filter: { user: 'user-0', task: 'topic' } },
  { name: 'failed of a rare task', filter: { task: 'rare', failed: true } },
  {
    name: 'all conditions at once',
    filter: {
      ...DAY,
      task: 'topic',
      endpoint: 'chat-completions',
      target: 'main/gpt-large',
      answeredAs: 'upstream',
      user: 'user-0',
      tags: { plan: 'free' },
      failed: false,
      feedback: LABELS,
    },
  },
];
