import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayEvent } from '../../src/gateway/gateway-log.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/gateway/server.ts';
import { copyCandidateFolder, verifyCandidateFolder } from '../../src/predictor/candidate-folder.ts';
import { type Registry, registryOver } from '../../src/registry/registry.ts';
import { configSchema, type ConfigInput } from '../../src/schema/config.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Task } from '../../src/task/task.ts';
import { type Keywords, loadKeywordModel, saveKeywordModel } from './keyword-model.ts';

export const FOLDERS = { verify: verifyCandidateFolder, copy: copyCandidateFolder };

/** A registry with its store and its models in a project's `.homegrown` directory. */
export async function openRegistryIn(homegrownDir: string): Promise<Registry> {
  const store = await openSqliteStore(join(homegrownDir, 'store.db'));
  return registryOver({ store, folders: FOLDERS, modelsDirectory: join(homegrownDir, 'models') });
}

export const KEYWORDS: Keywords = { food: 'bread', animal: 'cat', 'a "tool"': 'hammer' };

/** A task as the config gives it. */
export function taskOf(name: string, config: Partial<ConfigInput['tasks'][string]> = {}): Task {
  const parsed = configSchema.parse({
    tasks: { [name]: { kind: 'classify', data: 'data.jsonl', ...config } },
  });
  return { name, config: parsed.tasks[name]! };
}

export interface ServedProject {
  directory: string;
  homegrownDir: string;
  registry: Registry;
  server: RunningServer;
  events: GatewayEvent[];
  /** Registers one more version of the model. */
  register(keywords: Keywords): Promise<number>;
  close(): Promise<void>;
}

/** A project in a temporary directory with one live keyword model for the task `topic`, and its server on a free port. */
export async function serveKeywordModel(options: Partial<ServerOptions> = {}): Promise<ServedProject> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-serve-'));
  const homegrownDir = join(directory, '.homegrown');
  const registry = await openRegistryIn(homegrownDir);
  let runs = 0;
  const register = async (keywords: Keywords): Promise<number> => {
    const candidate = join(directory, `candidate-${++runs}`);
    await saveKeywordModel(candidate, { task: 'topic', keywords, run: `run-${runs}` });
    const { version } = await registry.register({
      directory: candidate,
      task: 'topic',
      evaluation: null,
      goLive: 'if-first',
    });
    return version;
  };
  const remove = async (): Promise<void> => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  };
  const events: GatewayEvent[] = [];
  await register(KEYWORDS);
  try {
    const log = (event: GatewayEvent): unknown => events.push(event);
    const tasks = [taskOf('topic')];
    const server = await startServer({
      port: 0,
      tasks,
      registry,
      load: loadKeywordModel,
      log,
      pollMs: 50,
      ...options,
    });
    const close = (): Promise<void> => server.close().then(remove);
    return { directory, homegrownDir, registry, server, events, register, close };
  } catch (error) {
    await remove();
    throw error;
  }
}
