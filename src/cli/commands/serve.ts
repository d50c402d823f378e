import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Project } from '../../project/project.ts';
import type { Terminal } from '../terminal.ts';
import { withProject } from '../with-project.ts';

/** `homegrown serve`. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('answer the OpenAI API with the live models and the upstreams of this project, until Ctrl-C')
    .option('--port <number>', 'port; 0 takes a free one (default: the config’s server.port)', parsePort)
    .option('--host <address>', 'address to listen on (default: the config’s server.host, 127.0.0.1)')
    .action((options: { port?: number; host?: string }, command: Command) =>
      withProject(
        command,
        async ({ project, terminal, signal }) => {
          // In JSON the server writes its lines itself, and nothing else may stand between them.
          const isText = project.config.telemetry.log === 'text';
          if (!isText) terminal.leaveNotes();
          const server = await project.serve({ ...options, ...(isText ? { log: noteTo(terminal) } : {}) });
          terminal.printJson({ url: server.url });
          terminal.print(
            `Homegrown serves ${servedNames(project).join(', ')} at ${server.url}/v1 (Ctrl-C stops it)`,
          );
          await aborted(signal);
          await server.close();
          terminal.note('Stopped.');
        },
        { storeInThread: true },
      ),
    );
}

function servedNames({ tasks, upstreams }: Project): string[] {
  const names = [...tasks.map(({ name }) => `task:${name}`), ...upstreams.names.map((name) => `${name}/…`)];
  return names.length === 0 ? ['nothing yet'] : names;
}

function noteTo(terminal: Terminal): (event: { level: string; message: string }) => void {
  return ({ level, message }) => terminal.note(level === 'info' ? message : `${level}: ${message}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new HomegrownError({
    code: 'serve/bad-port',
    message: 'this is no port',
    kind: 'usage',
    expected: 'a whole number from 0 to 65535',
    found: text,
  });
}
