/**
 * The product: reads lines `{"user", "text"}`, asks for the topic of each text, writes lines `{"text", "topic", "id", "model", "ms"}`. It knows the
 * official client alone; where that goes is in the environment (OPENAI_BASE_URL, OPENAI_API_KEY), and it never changes.
 */
import { createInterface } from 'node:readline';
import OpenAI from 'openai';

const AT_ONCE = 48;
const client = new OpenAI();

async function topicOf({ user, text }: { user: string; text: string }): Promise<void> {
  const start = performance.now();
  const answer = await client.chat.completions.create({
    model: 'task:topic',
    messages: [
      {
        role: 'system',
        content: 'Name the topic of the definition: animal, body, food, location, person or plant.',
      },
      { role: 'user', content: text },
    ],
    safety_identifier: user,
  });
  const ms = performance.now() - start;
  const topic = answer.choices[0]?.message.content ?? null;
  process.stdout.write(`${JSON.stringify({ text, topic, id: answer.id, model: answer.model, ms })}\n`);
}

const running = new Set<Promise<void>>();
for await (const line of createInterface({ input: process.stdin })) {
  const asked = topicOf(JSON.parse(line) as { user: string; text: string }).finally(() =>
    running.delete(asked),
  );
  running.add(asked);
  if (running.size >= AT_ONCE) await Promise.race(running);
}
await Promise.all(running);
