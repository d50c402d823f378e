import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';

/** Size and time of a file of JSON lines to predict. Throws `predict/no-input` when it cannot be read. */
export async function statInputFile(input: string): Promise<{ size: number; mtimeMs: number }> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(input);
    await access(input, constants.R_OK);
  } catch (cause) {
    throw noInput(input, messageOf(cause), cause);
  }
  if (found.isDirectory()) throw noInput(input, 'is a directory');
  return found;
}

/** Refuses outputs that would destroy what is there: the input by another name, or what is no file. */
export async function refuseUnsafeOutput(input: string, output: string): Promise<void> {
  const source = await stat(input, { bigint: true });
  for (const path of [output, `${output}.partial`, `${output}.partial.json`]) {
    const target = await stat(path, { bigint: true }).catch(() => null);
    if (target === null) continue;
    if (target.dev === source.dev && target.ino === source.ino) throw sameFile(input, path);
    if (!target.isFile()) throw noFile(path);
  }
}

function noInput(where: string, message: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'predict/no-input',
    message,
    kind: 'usage',
    where,
    hint: 'Name a file of JSON lines, or pipe them in without --input.',
    cause,
  });
}

function sameFile(input: string, path: string): HomegrownError {
  return new HomegrownError({
    code: 'predict/same-file',
    message: `is the same file as the input ${input}, which would be lost`,
    kind: 'usage',
    where: path,
    hint: 'Name another --output.',
  });
}

function noFile(where: string): HomegrownError {
  return new HomegrownError({
    code: 'predict/bad-output',
    message: 'exists and is no file',
    kind: 'usage',
    where,
    hint: 'Name another --output, or leave it out to write to standard output.',
  });
}
