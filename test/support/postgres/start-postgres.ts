import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { postgresBinaries } from './postgres-binaries.ts';
import { type User, unprivilegedUser } from './unprivileged-user.ts';

const run = promisify(execFile);
const READY_WITHIN_MS = 30_000;
/** Ends Postgres and removes its files when its standard input ends without a word, so that it goes with the tests however they end. */
const GUARD =
  'files=$1; shift; "$@" & echo $!; read -r word; kill -QUIT $! 2>/dev/null; wait; [ "$word" = keep ] || rm -rf "$files"';

export interface PostgresOptions {
  /** Whether commits reach the disk; without it they still outlive `kill`. Default false. */
  readonly fsync?: boolean;
  /** Further settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A throw-away Postgres of Debian's package on a free loopback port. Throws when the package is not installed. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = postgresBinaries();
  if (binaries === null) throw new Error('Postgres is not installed: apt-get install postgresql');
  const user = unprivilegedUser();
  const directory = await mkdtemp(join(tmpdir(), 'hg-postgres-'));
  const password = randomBytes(12).toString('hex');
  const server = new PostgresServer({ binaries, directory, user, password, options });
  try {
    await server.initialise();
    await server.start();
    return server;
  } catch (cause) {
    await server.dispose();
    throw cause;
  }
}

interface Parts {
  readonly binaries: string;
  readonly directory: string;
  readonly user: User | undefined;
  readonly password: string;
  readonly options: PostgresOptions;
}

/** Started and stopped as tests like it; `dispose` removes all of it. */
export class PostgresServer {
  readonly #parts: Parts;
  #port = 0;
  #guard: ChildProcess | undefined;
  #pid = 0;
  readonly #removeFiles: () => void;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#removeFiles = () => rmSync(parts.directory, { recursive: true, force: true });
    process.once('exit', this.#removeFiles);
  }

  get port(): number {
    return this.#port;
  }

  /** Where its files are. */
  get directory(): string {
    return this.#parts.directory;
  }

  /** Process id of the server's first process. */
  get pid(): number {
    return this.#pid;
  }

  /** The address of a database in it. */
  url(database = 'postgres', password: string = this.#parts.password): string {
    return `postgres://homegrown:${password}@127.0.0.1:${this.#port}/${database}`;
  }

  /** Makes an empty database and returns its address. */
  async createDatabase({ encoding = 'UTF8' }: { encoding?: string } = {}): Promise<string> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    // A locale of libc for encodings that ICU, which orders as most servers do, does not know.
    const locale = encoding === 'UTF8' ? '' : " LOCALE_PROVIDER libc LOCALE 'C'";
    await this.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}'${locale}`);
    return this.url(name);
  }

  /** Removes a database, with whoever is in it. */
  async dropDatabase(url: string): Promise<void> {
    await this.query(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  }

  /** Runs SQL in a database of this server, as its superuser. */
  async query(sql: string, url: string = this.url()): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  /** Makes the data directory. */
  async initialise(): Promise<void> {
    const { binaries, directory, user, password } = this.#parts;
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) {
      await chown(directory, user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];
    const access = ['--auth-host=scram-sha-256', '--auth-local=trust', `--pwfile=${passwordFile}`];
    await run(
      join(binaries, 'initdb'),
      ['--no-sync', '--username=homegrown', '-D', join(directory, 'data'), ...locale, ...access],
      { ...user, cwd: directory },
    );
  }

  /** Starts it on its port and waits until it answers; again after `stop` or `kill`, with what it held. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const { binaries, directory, user, options } = this.#parts;
    const settings = {
      fsync: options.fsync === true ? 'on' : 'off',
      full_page_writes: options.fsync === true ? 'on' : 'off',
      listen_addresses: '127.0.0.1',
      port: String(this.#port),
      unix_socket_directories: directory,
      ...options.settings,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const command = [join(binaries, 'postgres'), '-D', join(directory, 'data'), ...flags];
    this.#guard = spawn('sh', ['-c', GUARD, 'sh', directory, ...command], {
      ...user,
      cwd: directory,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let log = '';
    this.#guard.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
    const [line] = (await once(this.#guard.stdout!, 'data')) as [Buffer];
    this.#pid = Number(line.toString());
    await this.#ready(() => log);
  }

  async #ready(log: () => string): Promise<void> {
    for (const deadline = Date.now() + READY_WITHIN_MS; ;) {
      try {
        await this.query('SELECT 1');
        return;
      } catch (cause) {
        if (Date.now() > deadline || !isAlive(this.#pid)) {
          throw new Error(`Postgres did not start:\n${log()}`, { cause });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Asks it to end; open connections are closed. */
  async stop(): Promise<void> {
    if (isAlive(this.#pid)) process.kill(this.#pid, 'SIGINT');
    await this.#ended();
  }

  /** Ends all its processes as `kill -9` does. */
  async kill(): Promise<void> {
    const processes = [this.#pid, ...childrenOf(this.#pid)];
    for (const pid of processes.filter(isAlive)) process.kill(pid, 'SIGKILL');
    await this.#ended();
    while (processes.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #ended(): Promise<void> {
    const guard = this.#guard;
    if (guard === undefined) return;
    while (isAlive(this.#pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    guard.stdin?.end('keep\n');
    if (guard.exitCode === null && guard.signalCode === null) await once(guard, 'exit');
    this.#guard = undefined;
  }

  /** Ends it and removes its files. */
  async dispose(): Promise<void> {
    if (isAlive(this.#pid)) process.kill(this.#pid, 'SIGQUIT');
    await this.#ended();
    process.off('exit', this.#removeFiles);
    await rm(this.#parts.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A process that ended and was not waited for yet is not alive. */
function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  return statusOf(pid) !== null;
}

function childrenOf(parent: number): number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.map(Number).filter((pid) => statusOf(pid)?.parent === parent);
}

function statusOf(pid: number): { parent: number } | null {
  try {
    // After the name in parentheses: state, parent, … (proc_pid_stat(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : { parent: Number(parent) };
  } catch {
    return null;
  }
}
