import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ticketRows } from '../support/ticket-project.ts';
import { type Instruction, parseContainerfile, type Stage } from './containerfile.ts';

// `node test/container/check-containerfile.ts`: does what the Containerfile says, in an empty folder instead of a container, with this Node
// in the place of the image's; then serves a project as the container would, asks its health check, and stops it.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PORT = '4461';

/** A stage being made: absolute paths of the Containerfile are below its root. */
interface Room {
  root: string;
  directory: string;
  environment: Record<string, string>;
  command: string[];
  healthCheck: string | null;
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'homegrown-container-'));
  try {
    const rooms = new Map<string, Room>();
    let last: Room | undefined;
    for (const [index, stage] of parseContainerfile(
      readFileSync(join(ROOT, 'Containerfile'), 'utf8'),
    ).entries()) {
      last = build(stage, join(scratch, `stage-${index}`), rooms);
      rooms.set(stage.name ?? String(index), last);
    }
    await serve(last!);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function build(stage: Stage, root: string, rooms: ReadonlyMap<string, Room>): Room {
  mkdirSync(root, { recursive: true });
  const room: Room = { root, directory: root, environment: {}, command: [], healthCheck: null };
  for (const instruction of stage.instructions) {
    console.log(`${instruction.name} ${instruction.text.slice(0, 100)}`);
    follow(instruction, room, rooms);
  }
  return room;
}

function follow({ name, text }: Instruction, room: Room, rooms: ReadonlyMap<string, Room>): void {
  switch (name) {
    case 'WORKDIR':
      room.directory = join(room.root, text);
      return void mkdirSync(room.directory, { recursive: true });
    case 'COPY':
      return copy(text, room, rooms);
    case 'RUN':
      return void execFileSync(
        'bash',
        ['-euo', 'pipefail', '-c', `chown() { :; }\n${inside(text, room)}`],
        optionsOf(room),
      );
    case 'ENV': {
      const [, variable, value] = /^(\w+)=(.*)$/.exec(text)!;
      room.environment[variable!] = inside(value!.replace('$PATH', process.env['PATH']!), room);
      return;
    }
    case 'HEALTHCHECK':
      room.healthCheck = /CMD (.*)$/.exec(text)![1]!;
      return;
    case 'CMD':
      room.command = JSON.parse(text) as string[];
      return;
    case 'EXPOSE':
    case 'STOPSIGNAL':
    case 'USER':
    case 'VOLUME':
      return;
    default:
      throw new Error(`this check does not know ${name}`);
  }
}

/** Absolute paths of the Containerfile are below the stage's root. */
function inside(text: string, { root }: Room): string {
  return text.replace(/(?<=^|[\s='":])\/(?=build\b|srv\b)/g, `${root}/`);
}

function copy(text: string, room: Room, rooms: ReadonlyMap<string, Room>): void {
  const words = text.split(/\s+/);
  const from = /^--from=(.+)$/.exec(words[0]!)?.[1];
  const [target, ...sources] = (from === undefined ? words : words.slice(1)).toReversed();
  const origin = from === undefined ? ROOT : rooms.get(from)!.root;
  for (const source of sources) {
    const path = join(origin, source);
    if (!existsSync(path)) throw new Error(`COPY: there is no ${source}`);
    const isFolder = statSync(path).isDirectory();
    const into = join(room.directory, target!);
    cpSync(path, isFolder ? into : target!.endsWith('/') ? join(into, basename(source)) : into, {
      recursive: true,
    });
  }
}

function optionsOf(room: Room): { cwd: string; env: NodeJS.ProcessEnv; stdio: 'inherit' } {
  return { cwd: room.directory, env: environmentOf(room), stdio: 'inherit' };
}

/** Nothing of this repository and of the npm that may run this, but this Node. */
function environmentOf({ environment }: Room): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(?!config_(registry|cache|userconfig|globalconfig|cafile)$)|NODE_(OPTIONS|ENV|PATH)$|INIT_CWD)/i.test(
        name,
      ),
  );
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const own =
    environment['PATH'] === undefined ? {} : { PATH: `${environment['PATH'].split(':')[0]}:${path}` };
  return { ...Object.fromEntries(kept), PATH: path, ...environment, ...own };
}

const CONFIG = `import { defineConfig } from 'homegrown';

export default defineConfig({
  tasks: { ticket: { kind: 'classify', data: 'tickets.jsonl', rungs: ['bag'] } },
});
`;

async function serve(room: Room): Promise<void> {
  const lines = ticketRows(300).map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(join(room.directory, 'tickets.jsonl'), lines.join(''));
  writeFileSync(join(room.directory, 'homegrown.config.ts'), CONFIG);
  const env = environmentOf(room);
  execFileSync('homegrown', ['climb'], { cwd: room.directory, env, stdio: 'ignore' });
  const create = ['keys', 'create', 'check', '--json'];
  const created = execFileSync('homegrown', create, { cwd: room.directory, env, encoding: 'utf8' });
  const { secret } = JSON.parse(created) as { secret: string };
  const [program, ...parameters] = room.command.map((word) => (word === '4400' ? PORT : word));
  const server = spawn(program!, parameters, {
    cwd: room.directory,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    await check(room, server, secret);
  } finally {
    server.kill('SIGKILL');
  }
}

async function check(room: Room, server: ChildProcess, secret: string): Promise<void> {
  const healthCheck = room.healthCheck!.replace('4400', PORT);
  const isHealthy = (): boolean => {
    try {
      execFileSync('bash', ['-c', healthCheck], { env: environmentOf(room), stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  const started = performance.now();
  while (!isHealthy()) {
    if (performance.now() - started > 20_000) throw new Error('it is not healthy within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log(`healthy after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await ask(secret);
  server.kill('SIGTERM');
  const stopping = performance.now();
  const [exitCode] = (await once(server, 'exit')) as [number | null];
  console.log(
    `stopped with exit code ${exitCode} after ${((performance.now() - stopping) / 1000).toFixed(1)} s`,
  );
  if (isHealthy()) throw new Error('healthy though it has stopped');
  const installed = readdirSync(join(room.root, 'srv'));
  if (installed.some((name) => name.endsWith('.tgz'))) throw new Error('the packed package is still there');
}

async function ask(secret: string): Promise<void> {
  const call = async (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${PORT}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        model: 'task:ticket',
        messages: [{ role: 'user', content: 'the app has a crash' }],
      }),
    });
  const refused = await call({});
  if (refused.status !== 401) throw new Error(`a call without a key: expected 401, found ${refused.status}`);
  const answered = await call({ authorization: `Bearer ${secret}` });
  const body = (await answered.json()) as { choices: { message: { content: string } }[] };
  if (body.choices[0]?.message.content !== 'bug') throw new Error(`found ${JSON.stringify(body)}`);
  console.log('a call without a key is refused, one with a key is answered');
}

await main();
