import type { Command } from 'commander';
import { type OpenOptions, openProject, type Project } from '../project/project.ts';
import { interruptionSignal } from './interruption.ts';
import { Terminal } from './terminal.ts';

/** What every command works with. */
export interface CommandContext {
  project: Project;
  terminal: Terminal;
  signal: AbortSignal;
}

/** The options all commands share. */
export function globalOptions(command: Command): { project: string; json: boolean } {
  const { project, json } = command.optsWithGlobals<{ project: string; json?: boolean }>();
  return { project, json: json ?? false };
}

/** Opens the project, runs the command's work, closes the project. */
export async function withProject(
  command: Command,
  work: (context: CommandContext) => Promise<void>,
  options: Pick<OpenOptions, 'storeInThread'> = {},
): Promise<void> {
  const { project: directory, json } = globalOptions(command);
  const terminal = new Terminal({ json });
  const project = await openProject(directory, options);
  try {
    await work({ project, terminal, signal: interruptionSignal(terminal) });
  } finally {
    terminal.clearBar();
    await project.close();
  }
}
