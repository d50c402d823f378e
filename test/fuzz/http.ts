/**
 * Sends generated bad requests to a server and checks every answer:
 * `node test/fuzz/http.ts [--count 20000] [--seed 1]` starts a server of its own.
 */
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { serveKeywordModel } from '../support/serve-keyword-model.ts';
import { type BadRequest, badRequests } from './bad-http.ts';

export interface HttpFuzzReport {
  sent: number;
  /** Answers by status; `none` counts cut requests whose connection was closed without one. */
  statuses: Record<string, number>;
  /** One line for each answer that was wrong; empty when all is well. */
  problems: string[];
}

const ANSWER_WITHIN_MS = 10_000;
const CUT_AFTER_MS = 30;
const CUT_ANSWER = 'the answer is cut';
const AT_ONCE = 8;

/** Fuzzes a server that serves the task `topic` on this port of the loopback interface. */
export async function fuzzHttp({
  port,
  count,
  seed,
}: {
  port: number;
  count: number;
  seed: number;
}): Promise<HttpFuzzReport> {
  const report: HttpFuzzReport = { sent: 0, statuses: {}, problems: [] };
  const requests = badRequests(seed);
  const worker = async (): Promise<void> => {
    while (report.sent < count) {
      const number = ++report.sent;
      const request = requests.next().value as BadRequest;
      for (const outcome of checkReply(request, await exchange(port, request))) {
        report.statuses[outcome.status] = (report.statuses[outcome.status] ?? 0) + 1;
        if (outcome.problem !== null)
          report.problems.push(`#${number} (${request.kind}): ${outcome.problem}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return report;
}

/**
 * Sends a request on a connection of its own and gives everything that came back; null when it hangs. A whole request's
 * connection is kept open until its answer is whole: Node takes a client that closes its side for one that left.
 */
function exchange(port: number, request: BadRequest): Promise<Buffer | null> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const hang = setTimeout(() => {
      resolve(null);
      socket.destroy();
    }, ANSWER_WITHIN_MS);
    const cut = request.isCut ? setTimeout(() => socket.end(), CUT_AFTER_MS) : undefined;
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!request.isCut && isAnswered(request, received)) socket.end();
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(hang);
      clearTimeout(cut);
      resolve(received);
    });
    socket.write(request.bytes);
  });
}

function isAnswered(request: BadRequest, received: Buffer): boolean {
  const last = checkReply(request, received).at(-1)!;
  return last.status !== '100' && last.status !== 'garbage' && last.problem?.endsWith(CUT_ANSWER) !== true;
}

interface Outcome {
  status: string;
  problem: string | null;
}

function checkReply(request: BadRequest, reply: Buffer | null): Outcome[] {
  if (reply === null) return [{ status: 'hang', problem: `no end after ${ANSWER_WITHIN_MS} ms` }];
  if (reply.length === 0)
    return [{ status: 'none', problem: request.isCut ? null : 'closed without an answer' }];
  const outcomes: Outcome[] = [];
  for (let rest = reply; rest.length > 0;) {
    const { outcome, after } = checkOne(request, rest);
    outcomes.push(outcome);
    rest = after;
  }
  return outcomes;
}

function checkOne(request: BadRequest, reply: Buffer): { outcome: Outcome; after: Buffer } {
  const nothing = Buffer.alloc(0);
  const headEnd = reply.indexOf('\r\n\r\n');
  const head = reply.toString('latin1', 0, headEnd === -1 ? undefined : headEnd);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (status === undefined || headEnd === -1) {
    return { outcome: { status: 'garbage', problem: `not HTTP: ${head.slice(0, 80)}` }, after: nothing };
  }
  const bodyStart = headEnd + 4;
  if (status === '100') return { outcome: { status, problem: null }, after: reply.subarray(bodyStart) };
  // A HEAD that the parser could not read is answered with a body all the same.
  const isBodiless = request.isHead && reply.length === bodyStart;
  const length = isBodiless ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const body = reply.toString('utf8', bodyStart, bodyStart + length);
  const problem = problemOf(request, {
    status: Number(status),
    head,
    body,
    isWhole: reply.length >= bodyStart + length,
  });
  return { outcome: { status, problem }, after: reply.subarray(bodyStart + length) };
}

function problemOf(
  request: BadRequest,
  { status, head, body, isWhole }: { status: number; head: string; body: string; isWhole: boolean },
): string | null {
  if (!isWhole) return `${status}: ${CUT_ANSWER}`;
  if (status >= 500 || (status >= 300 && status < 400) || status < 200)
    return `${status}: ${body.slice(0, 200)}`;
  if (/node_modules|\/src\/|\.ts:\d|at \w+ \(/.test(head + body))
    return `${status}: internals in the answer: ${body.slice(0, 200)}`;
  if (status < 400 || request.isHead) return null;
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown; type?: unknown } };
    const isShaped =
      typeof error?.message === 'string' && error.message !== '' && typeof error.type === 'string';
    return isShaped ? null : `${status}: not OpenAI's shape: ${body.slice(0, 200)}`;
  } catch {
    return `${status}: not JSON: ${body.slice(0, 200)}`;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
  const project = await serveKeywordModel({ maxBodyBytes: 3_000_000 });
  const options = {
    port: project.server.port,
    count: Number(values.count ?? 20_000),
    seed: Number(values.seed ?? 1),
  };
  const report = await fuzzHttp(options);
  const failures = project.events.filter(({ level }) => level === 'error').map(({ message }) => message);
  process.stdout.write(`${JSON.stringify({ ...report, failures }, null, 2)}\n`);
  process.exitCode = report.problems.length + failures.length > 0 ? 1 : 0;
  await project.close();
}
