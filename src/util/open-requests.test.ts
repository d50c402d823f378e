import { expect, test } from 'vitest';
import { OpenRequests } from './open-requests.ts';

test('answers find their request, whatever their order', async () => {
  const requests = new OpenRequests();
  const sent: number[] = [];
  const answers = [1, 2, 3].map(() => requests.open<string>((id) => sent.push(id)));
  requests.resolve(sent[2]!, 'third');
  requests.reject(sent[0]!, new Error('first failed'));
  requests.resolve(sent[1]!, 'second');
  await expect(answers[0]).rejects.toThrow('first failed');
  expect(await Promise.all(answers.slice(1))).toEqual(['second', 'third']);
  expect(requests.size).toBe(0);
});

test('when the other side is gone, what waits and what is asked later fails for the first reason', async () => {
  const requests = new OpenRequests();
  const waiting = requests.open(() => undefined);
  requests.failAll(new Error('gone'));
  requests.failAll(new Error('gone again'));
  let sent = false;
  const later = requests.open(() => (sent = true));
  await expect(waiting).rejects.toThrow(/^gone$/);
  await expect(later).rejects.toThrow(/^gone$/);
  expect(sent).toBe(false);
});

test('what cannot be sent is not waited for', async () => {
  const requests = new OpenRequests();
  const unsent = requests.open(() => structuredClone(() => undefined));
  await expect(unsent).rejects.toThrow('could not be cloned');
  expect(requests.size).toBe(0);
});

test('an answer nobody waits for is no failure', () => {
  const requests = new OpenRequests();
  requests.resolve(7, 'late');
  requests.reject(8, new Error('late'));
  expect(requests.size).toBe(0);
});
