import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { ticketProject } from '../support/ticket-project.ts';
import { TARGETS, type Target } from './features.ts';
import type { ProgramContext } from './program.ts';
import { startClientsStandIn } from './stand-in.ts';

/** A gateway with one target of each kind, and what programs must know to ask each. */
export async function startGateway(): Promise<{
  contexts: Record<Target, ProgramContext>;
  close(): Promise<void>;
}> {
  const standIn = await startClientsStandIn();
  const baseURL = `${standIn.origin}/v1`;
  const apiKey = 'key-of-the-provider';
  // What is shown is what clients do, so the gateway tries nothing again.
  const serving = { retries: 0 };
  const tickets = await ticketProject({
    upstreams: {
      address: { baseUrl: baseURL, model: 'gpt-4o-mini', serving },
      object: {
        model: createAnthropic({ baseURL, apiKey })('claude-sonnet-4-5'),
        embeddings: createOpenAI({ baseURL, apiKey }).embedding('text-embedding-3-small'),
        serving,
      },
    },
  });
  const server = await tickets.project.serve({ port: 0, log: () => undefined });
  const baseUrl = `${server.url}/v1`;
  const contextOf = (target: Target): ProgramContext => ({
    target,
    baseUrl,
    model: { address: 'address/gpt-4o-mini', object: 'object/claude-sonnet-4-5', own: 'task:ticket' }[target],
    embeddings: `${target}/text-embedding-3-small`,
  });
  return {
    contexts: Object.fromEntries(
      (Object.keys(TARGETS) as Target[]).map((target) => [target, contextOf(target)]),
    ) as Record<Target, ProgramContext>,
    async close() {
      await server.close();
      await tickets.remove();
      await standIn.close();
    },
  };
}
