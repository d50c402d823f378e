import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { messageOf } from '../../errors/homegrown-error.ts';
import type { Task } from '../../task/task.ts';
import { closestName } from '../../util/closest-name.ts';
import { badRequest } from '../api-error.ts';
import type { CallFacts } from '../call-facts.ts';
import { parseRequest } from '../parse-request.ts';
import type { GatewayEvent, GatewayLog } from '../gateway-log.ts';
import type { GatewayCall } from './gateway-call.ts';

const TASK_PREFIX = 'task:';
const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const modelSchema = z.looseObject({ model: z.string().min(1) });

/** What is known of a call once its body is read. Throws a 400 for what no call can be made of. */
export function readFacts(
  call: GatewayCall,
  { body, request, ...options }: { body: Uint8Array; request: unknown } & TaskOptions,
): CallFacts {
  const { headers } = call.incoming;
  const read = isCallable(request) ? request : parseRequest(modelSchema, request);
  const traceParent = headers['traceparent'];
  const labels = labelsIn(headers);
  return {
    id: call.id,
    endpoint: call.endpoint,
    requestId: call.requestId,
    startedAt: call.startedAt,
    model: read.model,
    task: taskOf(read, call, options),
    ...labels,
    user: labels.user ?? userIn(read),
    stream: read['stream'] === true,
    body,
    request: read,
    traceParent: typeof traceParent === 'string' && TRACE_PARENT.test(traceParent) ? traceParent : null,
  };
}

/** What the product says of a call in headers of ours. */
export function labelsIn(headers: IncomingHttpHeaders): Pick<CallFacts, 'user' | 'group' | 'tags'> {
  return {
    user: headerText(headers['x-homegrown-user']),
    group: headerText(headers['x-homegrown-group']),
    tags: tagsOf(headers['x-homegrown-tags']),
  };
}

type Callable = Record<string, unknown> & { model: string };

function isCallable(request: unknown): request is Callable {
  return (
    typeof request === 'object' &&
    request !== null &&
    !Array.isArray(request) &&
    typeof (request as Callable).model === 'string' &&
    (request as Callable).model !== ''
  );
}

interface TaskOptions {
  tasks: readonly Task[];
  log: GatewayLog;
}

function taskOf(request: Callable, call: GatewayCall, { tasks, log }: TaskOptions): string | null {
  const named = headerText(call.incoming.headers['x-homegrown-task']);
  if (named !== null) return knownTask(named, tasks);
  const { model } = request;
  if (model.startsWith(TASK_PREFIX)) return knownTaskOrNull(model.slice(TASK_PREFIX.length), tasks);
  const byName = tasks.find(({ name }) => name === model || model.startsWith(`${name}@`));
  if (byName !== undefined) return byName.name;
  const claimed = tasks.find((task) => claims(task, request, (message) => log(failure(call, message))));
  return claimed?.name ?? null;
}

/** A function of the user's that fails claims nothing: the call itself is not at fault. */
function claims({ name, config }: Task, request: Callable, tell: (message: string) => void): boolean {
  if (config.claims === undefined) return false;
  const what = `the \`claims\` function of the task "${name}"`;
  try {
    const said: unknown = config.claims(request);
    if (typeof said !== 'boolean') tell(`${what} gave ${typeof said}, not true or false`);
    return said === true;
  } catch (error) {
    tell(`${what} failed: ${messageOf(error)}`);
    return false;
  }
}

function failure({ requestId }: GatewayCall, message: string): GatewayEvent {
  return { level: 'error', event: 'request-failed', message, requestId };
}

function knownTask(name: string, tasks: readonly Task[]): string {
  const names = tasks.map((task) => task.name);
  if (names.includes(name)) return name;
  const nearest = closestName(name, names);
  throw badRequest(
    `there is no task ${JSON.stringify(name.slice(0, 100))}${nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`}`,
    'x-homegrown-task',
  );
}

function knownTaskOrNull(name: string, tasks: readonly Task[]): string | null {
  return tasks.some((task) => task.name === name) ? name : null;
}

function userIn({ safety_identifier: identifier, user }: Callable): string | null {
  if (typeof identifier === 'string' && identifier !== '') return identifier;
  return typeof user === 'string' && user !== '' ? user : null;
}

/** Node reads headers as Latin-1; most programs write UTF-8. */
function headerText(value: string | string[] | undefined): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  const trimmed = value.trim();
  if (/^[\x20-\x7e]*$/.test(trimmed)) return trimmed;
  const decoded = Buffer.from(trimmed, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? trimmed : decoded;
}

const NO_TAGS: Readonly<Record<string, string>> = {};

function tagsOf(value: string | string[] | undefined): Readonly<Record<string, string>> {
  const text = headerText(value);
  if (text === null) return NO_TAGS;
  const tags: [string, string][] = [];
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (pair.trim() === '') continue;
    if (at === -1 || name === '') throw badRequest('expected `name=value, name=value`', 'x-homegrown-tags');
    tags.push([name, pair.slice(at + 1).trim()]);
  }
  return Object.fromEntries(tags);
}
