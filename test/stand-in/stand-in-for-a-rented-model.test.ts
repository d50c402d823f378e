import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StandIn, startStandIn } from './stand-in-for-a-rented-model.ts';

const LABELS = ['even', 'odd', 'neither'];
const TEXTS = new Map(
  Array.from({ length: 1000 }, (_, n) => [`the number ${n + 1000}`, n % 2 === 0 ? 'even' : 'odd']),
);

let standIn: StandIn;
let client: OpenAI;

beforeEach(async () => {
  standIn = await startStandIn({ goldLabels: TEXTS, labels: LABELS, errorRate: 0.2, seed: 3 });
  client = new OpenAI({ baseURL: standIn.baseUrl, apiKey: 'any' });
});
afterEach(() => standIn.close());

async function ask(
  content: string,
  earlier: OpenAI.ChatCompletionMessageParam[] = [],
): Promise<string | null> {
  const messages = [...earlier, { role: 'user' as const, content }];
  const completion = await client.chat.completions.create({ model: 'm', messages });
  return completion.choices[0]!.message.content;
}

test('is wrong on the stated share of texts, on the same ones each time', async () => {
  const texts = [...TEXTS.keys()];
  const answers = await Promise.all(texts.map((text) => ask(text)));
  const wrong = answers.filter((answer, row) => answer !== TEXTS.get(texts[row]!)).length;
  // 1,000 draws at .2: 200, standard deviation 12.6.
  expect(Math.abs(wrong - 200)).toBeLessThan(45);
  expect(await Promise.all(texts.slice(0, 50).map((text) => ask(text)))).toEqual(answers.slice(0, 50));
});

test('answers for the last user message, whatever stands around the text or came before', async () => {
  const [first, second] = [...TEXTS.keys()];
  const alone = await ask(second!);
  expect(await ask(`<text>\n${second}\n</text>\nLabel:`)).toBe(alone);
  expect(
    await ask(second!, [
      { role: 'user', content: first! },
      { role: 'assistant', content: 'odd' },
    ]),
  ).toBe(alone);
  expect(LABELS).toContain(await ask('a text that it does not know'));
});

test('counts tokens', async () => {
  const messages = [{ role: 'user' as const, content: 'the number 1001' }];
  const { usage } = await client.chat.completions.create({ model: 'm', messages });
  expect(usage).toEqual({ prompt_tokens: 8, completion_tokens: 5, total_tokens: 13 });
});
