/**
 * The product: for each line `{"user", "text"}` that comes in it asks for the topic of the text and writes a line
 * `{"text", "topic", "id", "model", "ms"}`. It knows the official client alone; where that goes is in the environment (OPENAI_BASE_URL,
 * OPENAI_API_KEY), and it never changes.
 */
import { createInterface } from 'node:readline';
import OpenAI from 'openai';

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

const asked: Promise<void>[] = [];
for await (const line of createInterface({ input: process.stdin }))
  asked.push(topicOf(JSON.parse(line) as { user: string; text: string }));
await Promise.all(asked);
