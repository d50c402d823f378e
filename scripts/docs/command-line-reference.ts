import type { Command } from 'commander';
import { commandLine } from '../../src/cli/run-command-line.ts';

/** Wide enough that no sentence of the help is broken. */
const WIDTH = 100;

/** `docs/reference/cli.md`: the help of the program and of each of its commands. */
export function commandLineReference(): string {
  const program = commandLine(() => undefined);
  const sections = [program, ...commandsBelow(program)].map(renderCommand);
  return `${['# Command reference', INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = 'What each command says about itself with `--help`; made by `npm run docs:generate`.';

function commandsBelow(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...commandsBelow(child)]);
}

function renderCommand(command: Command): string {
  command.configureHelp({ helpWidth: WIDTH });
  const fence = '```';
  return `## ${fullName(command)}\n\n${fence}text\n${helpOf(command).trimEnd()}\n${fence}`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** The help as printed, with the text added after it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}
