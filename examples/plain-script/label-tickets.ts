import { createInterface } from 'node:readline/promises';
import OpenAI from 'openai';

// Reads tickets from standard input, one a line, and writes the queue of each before it. It is a product's program as it was
// before Homegrown: only the address of the API is new.
//
//   OPENAI_BASE_URL=http://127.0.0.1:4400/v1 node label-tickets.ts < tickets.txt

const MODEL = process.env['MODEL'] ?? 'task:queue';
const client = new OpenAI({ apiKey: process.env['OPENAI_API_KEY'] ?? 'none' });

async function queueOf(ticket: string): Promise<string> {
  const { choices } = await client.chat.completions.create({
    model: MODEL,
    temperature: 0,
    messages: [
      {
        role: 'system',
        content: 'Which queue does this support ticket belong to: billing, bug or question?',
      },
      { role: 'user', content: ticket },
    ],
  });
  return choices[0]?.message.content ?? '';
}

for await (const ticket of createInterface({ input: process.stdin })) {
  if (ticket.trim() !== '') console.log(`${await queueOf(ticket)}\t${ticket}`);
}
