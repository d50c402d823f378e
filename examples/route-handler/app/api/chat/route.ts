import { convertToModelMessages, isStepCount, streamText, tool, type UIMessage } from 'ai';
import { createHomegrown } from 'homegrown/ai-sdk';
import { z } from 'zod';

const ORDERS: Readonly<Record<string, string>> = { 'A-17': 'sent on Monday', 'B-4': 'waits for payment' };

/** A chat in the shape of a Next route handler: a request in, a streamed response out, nothing of a framework. */
export async function POST(request: Request): Promise<Response> {
  const { messages, user } = (await request.json()) as { messages: UIMessage[]; user?: string };
  const homegrown = createHomegrown({ baseUrl: process.env['HOMEGROWN_URL'] ?? 'http://127.0.0.1:4400' });
  const result = streamText({
    model: homegrown(process.env['CHAT_MODEL'] ?? 'main'),
    instructions: 'You are the help desk of a shop. Look orders up before you speak of them.',
    messages: await convertToModelMessages(messages),
    tools: {
      order: tool({
        description: 'The state of an order',
        inputSchema: z.object({ number: z.string() }),
        execute: async ({ number }) => ORDERS[number] ?? 'there is no such order',
      }),
    },
    stopWhen: isStepCount(4),
    providerOptions: { homegrown: user === undefined ? {} : { user } },
    // The reader has left: the model stops too.
    abortSignal: request.signal,
  });
  return result.toUIMessageStreamResponse({
    // The page needs the inference's id to say later whether the answer helped.
    messageMetadata: ({ part }) =>
      part.type === 'finish-step'
        ? { inference: part.providerMetadata?.['homegrown']?.['inferenceId'] }
        : undefined,
    onError: () => 'The answer broke off. Please try again.',
  });
}
