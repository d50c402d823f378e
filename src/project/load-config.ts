import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { type Config, configSchema } from '../schema/config.ts';
import { explainConfigIssue } from './explain-config-issue.ts';

const CONFIG_NAMES = [
  'homegrown.config.ts',
  'homegrown.config.mts',
  'homegrown.config.js',
  'homegrown.config.mjs',
];

/** Loads and checks the config of a project directory. Throws `config/…` naming file, key, expected and found. */
export async function loadConfig(directory: string): Promise<Config> {
  const path = CONFIG_NAMES.map((name) => join(directory, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) throw noConfig(directory);
  return parseConfig(await importDefault(path), path);
}

/** Checks a config object; `where` is named in errors. */
export function parseConfig(value: unknown, where: string): Config {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => explainConfigIssue(issue, value, configSchema));
  throw new HomegrownError({
    code: 'config/invalid',
    message:
      problems.length === 1
        ? problems[0]!
        : `${problems.length} problems\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    kind: 'usage',
    where,
    hint: 'docs/reference/config.md lists every key.',
  });
}

function noConfig(directory: string): HomegrownError {
  return new HomegrownError({
    code: 'config/missing',
    message: 'there is no homegrown.config.ts here',
    kind: 'usage',
    where: directory,
    hint: 'Run `homegrown init <data file>` to write one, or change into the project directory.',
  });
}

async function importDefault(path: string): Promise<unknown> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (cause) {
    const missing = /Cannot find package 'homegrown'/.test(messageOf(cause));
    throw new HomegrownError({
      code: 'config/not-loadable',
      message: `cannot load it: ${messageOf(cause)}`,
      kind: 'usage',
      where: path,
      hint: missing
        ? 'Install the homegrown package in this project; the README tells how.'
        : 'Mend the file; Node runs it as it is, without a build.',
      cause,
    });
  }
  if (module.default !== undefined) return module.default;
  throw new HomegrownError({
    code: 'config/no-default-export',
    message: 'has no default export',
    kind: 'usage',
    where: path,
    expected: 'export default defineConfig({ … })',
    found: Object.keys(module).length === 0 ? 'no exports' : `exports ${Object.keys(module).join(', ')}`,
  });
}
