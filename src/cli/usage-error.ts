import type { CommanderError } from 'commander';
import { HomegrownError } from '../errors/homegrown-error.ts';

/** What Commander refused, as an error of ours: `usage/unknown-command`, `usage/missing-argument`, …; null when it only showed what was asked for. */
export function usageErrorOf({ exitCode, code, message }: CommanderError): HomegrownError | null {
  if (exitCode === 0) return null;
  if (code === 'commander.help')
    return new HomegrownError({ code: 'usage/no-command', message: 'name a command', kind: 'usage' });
  const [what = message, suggestion] = message.replace(/^error: /, '').split('\n');
  return new HomegrownError({
    code: `usage/${kebabCase(code.replace(/^commander\./, ''))}`,
    message: what,
    kind: 'usage',
    hint: suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'Run with --help to see what there is.',
  });
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
