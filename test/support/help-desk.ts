import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../../src/gateway/server.ts';
import { openProject, type Project } from '../../src/project/project.ts';
import { chatCompletion, chatStream } from '../stand-in/openai-replies.ts';
import {
  type ProviderReply,
  type ScriptedProvider,
  startScriptedProvider,
} from '../stand-in/scripted-provider.ts';
import { TICKETS, ticketRows } from './ticket-project.ts';

/** A shop's project: its task `queue` is answered by a rented model until a climb made one of its own. */
export interface HelpDesk {
  project: Project;
  server: RunningServer;
  /** Plays the rented model. */
  rented: ScriptedProvider;
  close(): Promise<void>;
}

/** The project in a temporary directory, its server on a free port, and the stand-in it rents from. */
export async function startHelpDesk(): Promise<HelpDesk> {
  const rented = await startScriptedProvider(({ body }) => answerOf(body));
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-help-desk-'));
  const lines = ticketRows(400).map((row) => `${JSON.stringify(row)}\n`);
  await writeFile(join(directory, 'tickets.jsonl'), lines.join(''));
  const project = await openProject(directory, {
    config: {
      tasks: { queue: { kind: 'classify', data: 'tickets.jsonl', rungs: ['bag'], upstream: 'main' } },
      upstreams: { main: { baseUrl: `${rented.origin}/v1`, model: 'rented-1' } },
    },
  });
  const server = await project.serve({ port: 0, log: () => undefined });
  return {
    project,
    server,
    rented,
    async close() {
      await server.close();
      await project.close();
      await rented.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface ChatBody {
  stream?: boolean;
  messages: { role: string; content: string | { text: string }[] | null }[];
  response_format?: { json_schema?: { schema: { properties: object } } };
}

/** The queue whose word is in the ticket, bare or in the JSON that was asked for. */
function answerOf(body: ChatBody): ProviderReply {
  const content = body.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const text = typeof content === 'string' ? content : content.map((part) => part.text).join(' ');
  const label = Object.keys(TICKETS).find((name) => TICKETS[name]!.some((word) => text.includes(word)))!;
  const [property] = Object.keys(body.response_format?.json_schema?.schema.properties ?? {});
  const answer = { content: property === undefined ? label : JSON.stringify({ [property]: label }) };
  return body.stream === true ? chatStream(answer) : chatCompletion(answer);
}
