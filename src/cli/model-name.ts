import { HomegrownError } from '../errors/homegrown-error.ts';

/** `topic@3` → task and version. Throws `registry/bad-name`. */
export function parseModel(name: string): { task: string; version: number } {
  const match = /^([^@]+)@(\d{1,9})$/.exec(name);
  if (match !== null) return { task: match[1]!, version: Number(match[2]) };
  throw new HomegrownError({
    code: 'registry/bad-name',
    message: 'this is no model name',
    kind: 'usage',
    expected: '<task>@<version>, for example topic@2',
    found: name,
    hint: '`homegrown models list` shows the names.',
  });
}
