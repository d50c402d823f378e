import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { helpDesk } from '../../examples/hono-app/app.ts';
import { POST } from '../../examples/route-handler/app/api/chat/route.ts';
import { chatStream } from '../stand-in/openai-replies.ts';
import { type HelpDesk, startHelpDesk } from '../support/help-desk.ts';

let desk: HelpDesk;
beforeAll(async () => {
  desk = await startHelpDesk();
});
afterAll(() => desk?.close());

const exampleFile = (path: string): string =>
  fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

async function listen(handle: (request: Request) => Response | Promise<Response>): Promise<string> {
  const listener = getRequestListener(handle);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs the script as its user would, with an address of the API and tickets on standard input. */
async function labelTickets(tickets: string): Promise<string> {
  const child = spawn(process.execPath, [exampleFile('plain-script/label-tickets.ts')], {
    env: { ...process.env, OPENAI_BASE_URL: `${desk.server.url}/v1` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(tickets);
  return text(child.stdout);
}

const TICKETS = 'a refund for this invoice please\nthe app has a crash since the update\n';

test('a product changes its base URL, and later its answers come from its own model', async () => {
  const rented = await labelTickets(TICKETS);
  expect(rented).toBe(
    'billing\ta refund for this invoice please\nbug\tthe app has a crash since the update\n',
  );
  expect(desk.rented.requests).toHaveLength(2);
  await desk.project.climb('queue');
  await desk.project.models.promote('queue', 1, { by: 'test' });
  await expect
    .poll(async () => (await fetch(`${desk.server.url}/readyz`)).json(), { timeout: 5000 })
    .toMatchObject({ tasks: [{ task: 'queue', serving: 1 }] });
  expect(await labelTickets(TICKETS)).toBe(rented);
  expect(desk.rented.requests).toHaveLength(2);
});

test('a Hono app sorts tickets', async () => {
  const url = await listen(helpDesk({ homegrownUrl: desk.server.url }).fetch);
  const post = (path: string, body: object): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const ticket = { text: 'where is the documentation', user: 'ann', customer: 'acme' };
  const sorted = (await (await post('/tickets', ticket)).json()) as { queue: string; inference: string };
  expect(sorted).toEqual({ queue: 'question', inference: expect.stringMatching(/^inf_/) });
  expect((await post('/tickets', { text: '' })).status).toBe(400);
});

describe('a route handler', () => {
  const messages: UIMessage[] = [
    { id: '1', role: 'user', parts: [{ type: 'text', text: 'Where is order A-17?' }] },
  ];

  test('streams a chat with a tool to the client of the AI SDK', async () => {
    vi.stubEnv('HOMEGROWN_URL', desk.server.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { reply } = desk.rented;
    onTestFinished(() => void (desk.rented.reply = reply));
    desk.rented.reply = ({ body }) => {
      const hasResult = body.messages.some(({ role }: { role: string }) => role === 'tool');
      if (hasResult) return chatStream({ content: 'Your order was sent on Monday.' });
      return chatStream({ calls: [{ id: 'c1', name: 'order', arguments: '{"number":"A-17"}' }] });
    };
    const url = await listen(POST);
    const transport = new DefaultChatTransport({ api: url, body: { user: 'bob' } });
    const stream = await transport.sendMessages({
      chatId: 'chat',
      messages,
      trigger: 'submit-message',
      messageId: undefined,
      abortSignal: undefined,
    });
    let answer: UIMessage | undefined;
    for await (const message of readUIMessageStream({ stream })) answer = message;
    expect(answer!.metadata).toEqual({ inference: expect.stringMatching(/^inf_/) });
    expect(answer!.parts.filter(({ type }) => type !== 'step-start')).toMatchObject([
      { type: 'tool-order', state: 'output-available', output: 'sent on Monday' },
      { type: 'text', text: 'Your order was sent on Monday.' },
    ]);
  });

  test('a reader who leaves stops the rented model', async () => {
    vi.stubEnv('HOMEGROWN_URL', desk.server.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { reply } = desk.rented;
    onTestFinished(() => void (desk.rented.reply = reply));
    desk.rented.reply = () => ({ ...chatStream({ content: 'word '.repeat(500) }), gapMs: 10 });
    const url = await listen(POST);
    const before = desk.rented.requests.length;
    const controller = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ messages }),
      signal: controller.signal,
    });
    const reader = response.body!.getReader();
    while (desk.rented.requests.length === before) await reader.read();
    controller.abort();
    await expect(desk.rented.requests.at(-1)!.left).resolves.toBeTypeOf('number');
  });
});

test('every call was kept, with who answered it and whose it was', async () => {
  await desk.server.close();
  const { rows } = await desk.project.store.inferences.page({}, { order: 'oldest' });
  expect(rows.map(({ target, user, group, status }) => [target, user, group, status])).toEqual([
    ['main/rented-1', null, null, 200],
    ['main/rented-1', null, null, 200],
    ['queue@1', null, null, 200],
    ['queue@1', null, null, 200],
    ['queue@1', 'ann', 'acme', 200],
    ['main/rented-1', 'bob', null, 200],
    ['main/rented-1', 'bob', null, 200],
    ['main/rented-1', null, null, 499],
  ]);
});
