import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstLine, freePort, listens, startProgram, stopProgram } from './child.ts';
import type { Contestant } from './contestant.ts';
import { prepareLitellm, preparePortkey, type Tools } from './tools.ts';

/** The upstream itself: what the load costs without anything between. */
export async function startUpstream(tools: Tools): Promise<Contestant> {
  const child = startProgram(tools.upstream, [], { readsStdout: true });
  const port = Number(await firstLine(child));
  const stop = (): Promise<void> => stopProgram(child);
  return { name: 'direct', version: '', port, headers: {}, process: null, heldRate: 500, stop };
}

/** Node's own HTTP, one body piped into the other: what no gateway on Node goes below without giving something up. */
export async function startBareNode(upstreamPort: number): Promise<Contestant> {
  const program = fileURLToPath(new URL('bare-proxy.ts', import.meta.url));
  const child = startProgram(process.execPath, [program, String(upstreamPort)], { readsStdout: true });
  const port = Number(await firstLine(child));
  const stop = (): Promise<void> => stopProgram(child);
  return {
    name: 'bare Node',
    version: process.version,
    port,
    headers: {},
    process: child,
    heldRate: 500,
    stop,
  };
}

/** Portkey's gateway, told by headers where to go. */
export async function startPortkey(tools: Tools, upstreamPort: number): Promise<Contestant> {
  const { start, version } = await preparePortkey(tools.directory);
  const port = await freePort();
  const child = startProgram(process.execPath, [start, `--port=${port}`, '--headless'], {
    env: { NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  });
  await listens(port, child, 30);
  return {
    name: 'Portkey',
    version,
    port,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    },
    process: child,
    heldRate: 500,
    stop: () => stopProgram(child, 5),
  };
}

/** LiteLLM's proxy with one worker, without keys and without a database. */
export async function startLitellm(tools: Tools, upstreamPort: number): Promise<Contestant> {
  const { program, version } = await prepareLitellm(tools.directory);
  const directory = await mkdtemp(join(tmpdir(), 'litellm-'));
  const parameters = {
    model: 'openai/*',
    api_base: `http://127.0.0.1:${upstreamPort}/v1`,
    api_key: 'sk-bench',
  };
  // JSON is YAML.
  const config = { model_list: [{ model_name: '*', litellm_params: parameters }] };
  await writeFile(join(directory, 'config.yaml'), JSON.stringify(config));
  const port = await freePort();
  const child = startProgram(
    program,
    [
      '--config',
      join(directory, 'config.yaml'),
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--num_workers',
      '1',
    ],
    {
      cwd: directory,
      env: {
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true',
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_TELEMETRY: 'False',
      },
    },
  );
  await listens(port, child, 120);
  return {
    name: 'LiteLLM',
    version,
    port,
    headers: {},
    process: child,
    heldRate: 40,
    isSlow: true,
    stop: async () => {
      await stopProgram(child, 5);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
