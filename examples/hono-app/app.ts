import { generateText, Output } from 'ai';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { createHomegrown } from 'homegrown/ai-sdk';
import { createClient } from 'homegrown/client';
import { z } from 'zod';

const ticketSchema = z.object({
  text: z.string().min(1),
  user: z.string().min(1),
  customer: z.string().optional(),
});
const verdictSchema = z.object({ queue: z.enum(['billing', 'bug', 'question']) });

/** A help desk's API: which queue a ticket belongs to, and what the agent who read it thought of that. */
export function helpDesk(options: { homegrownUrl: string; apiKey?: string | undefined }): Hono {
  const { homegrownUrl, apiKey } = options;
  const server = { baseUrl: homegrownUrl, apiKey };
  const homegrown = createHomegrown(server);
  const feedback = createClient(server);
  const app = new Hono();

  app.post('/tickets', async (context) => {
    const ticket = ticketSchema.safeParse(await context.req.json());
    if (!ticket.success) throw new HTTPException(400, { message: z.prettifyError(ticket.error) });
    const { text, user, customer } = ticket.data;
    const { output, providerMetadata } = await generateText({
      model: homegrown('task:queue'),
      instructions: 'Which queue does this support ticket belong to? Answer with its name alone.',
      prompt: text,
      output: Output.choice({ options: verdictSchema.shape.queue.options }),
      // Whose call it is: for canaries, filters and erasure.
      providerOptions: { homegrown: { user, ...(customer === undefined ? {} : { group: customer }) } },
      abortSignal: context.req.raw.signal,
    });
    return context.json({ queue: output, inference: providerMetadata?.['homegrown']?.['inferenceId'] });
  });

  /** The agent moved the ticket, or left it where it was: what the next model learns from. */
  app.post('/tickets/:inference/queue', async (context) => {
    const verdict = verdictSchema.safeParse(await context.req.json());
    if (!verdict.success) throw new HTTPException(400, { message: z.prettifyError(verdict.error) });
    const inference = context.req.param('inference');
    await feedback.feedback({ inference, kind: 'corrected', output: verdict.data.queue });
    return context.body(null, 204);
  });
  return app;
}
