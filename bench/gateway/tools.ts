import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../src/util/content-hash.ts';
import { once, prepareVirtualEnvironment, runProgram } from '../virtual-environment.ts';

/** What the measurements need besides ourselves. */
export interface Tools {
  directory: string;
  /** The program of `native/upstream.c`. */
  upstream: string;
  /** The program of `native/load.c`. */
  load: string;
}

/** Builds upstream and load generator (needs `cc`) in the benches' cache. */
export async function prepareTools(): Promise<Tools> {
  const cache = process.env['HOMEGROWN_BENCH_CACHE'] ?? join(tmpdir(), 'homegrown-bench');
  const directory = join(cache, 'gateway');
  await mkdir(directory, { recursive: true });
  const sources = await Promise.all(
    ['http.h', 'upstream.c', 'load.c'].map((name) => readFile(here(`native/${name}`), 'utf8')),
  );
  const tools = { directory, upstream: join(directory, 'upstream'), load: join(directory, 'load') };
  await once(join(directory, 'native.done'), sha256(sources.join('')), () => {
    runProgram('cc', ['-O2', '-o', tools.upstream, here('native/upstream.c')]);
    runProgram('cc', ['-O2', '-o', tools.load, here('native/load.c'), '-lm']);
  });
  return tools;
}

/** Installs Portkey's gateway once; gives its start file and the versions installed. */
export async function preparePortkey(cache: string): Promise<{ start: string; version: string }> {
  const directory = join(cache, 'portkey');
  await mkdir(directory, { recursive: true });
  const manifest = await readFile(here('peers/package.json'), 'utf8');
  await once(join(directory, 'package.done'), manifest, () => {
    runProgram('cp', [here('peers/package.json'), join(directory, 'package.json')]);
    runProgram('npm', [
      'install',
      '--prefix',
      directory,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--silent',
    ]);
  });
  const versionOf = async (name: string): Promise<string> => {
    const text = await readFile(join(directory, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  };
  const version = `@portkey-ai/gateway ${await versionOf('@portkey-ai/gateway')}, @hono/node-server ${await versionOf('@hono/node-server')}`;
  return { start: join(directory, 'node_modules/@portkey-ai/gateway/build/start-server.js'), version };
}

/** Installs LiteLLM's proxy once; gives its program. */
export async function prepareLitellm(cache: string): Promise<{ program: string; version: string }> {
  const directory = join(cache, 'litellm');
  await mkdir(directory, { recursive: true });
  const { versions } = await prepareVirtualEnvironment({
    directory,
    requirementsPath: here('peers/requirements.txt'),
  });
  return { program: join(directory, 'venv/bin/litellm'), version: versions.join(', ') };
}

function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
