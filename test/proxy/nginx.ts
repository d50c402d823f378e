import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownBlocks } from '../docs/markdown-blocks.ts';

const PAGE = fileURLToPath(new URL('../../docs/replicas.md', import.meta.url));

/** An nginx under way. */
export interface Nginx {
  url: string;
  /** Takes a replica out of the configuration, or back in (null: all are in), as one does by hand: `down`, and `nginx -s reload`. */
  takeOut(replica: 0 | 1 | null): Promise<void>;
  stop(): Promise<void>;
}

/** nginx with the configuration that docs/replicas.md shows; only its ports are others. $NGINX, or `nginx` of the PATH. */
export async function startNginx(options: {
  directory: string;
  /** Of the proxy itself. */
  port: number;
  replicas: readonly [number, number];
}): Promise<Nginx> {
  const { directory, port, replicas } = options;
  const shown = markdownBlocks(readFileSync(PAGE, 'utf8')).find(({ language }) => language === 'nginx')!.text;
  const site = shown
    .replace('127.0.0.1:4401', `127.0.0.1:${replicas[0]}`)
    .replace('127.0.0.1:4402', `127.0.0.1:${replicas[1]}`)
    .replace('listen 8080', `listen 127.0.0.1:${port}`);
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  for (const name of folders) mkdirSync(join(directory, name), { recursive: true });
  const temporary = folders.map((name) => `  ${name}_temp_path ${join(directory, name)};`).join('\n');
  const configuration = join(directory, 'nginx.conf');
  const write = (site: string): void => {
    const head = `daemon off;\npid ${join(directory, 'nginx.pid')};\nerror_log stderr notice;\nevents {}\n`;
    writeFileSync(configuration, `${head}http {\n  access_log off;\n${temporary}\n${site}\n}\n`);
  };
  write(site);
  const nginx = spawn(
    process.env['NGINX'] ?? 'nginx',
    ['-e', 'stderr', '-p', directory, '-c', configuration],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  nginx.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await listening(nginx, port, () => said);
  return {
    url: `http://127.0.0.1:${port}`,
    async takeOut(replica) {
      const out = replica === null ? '' : `127.0.0.1:${replicas[replica]}`;
      write(out === '' ? site : site.replace(out, `${out} down`));
      nginx.kill('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 1000));
    },
    async stop() {
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
    },
  };
}

async function listening(nginx: ChildProcess, port: number, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (nginx.exitCode !== null) break;
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nginx does not listen: ${said()}`);
}
