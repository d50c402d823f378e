import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { type Config, configSchema } from '../schema/config.ts';
import { explainConfigIssue } from './explain-config-issue.ts';
import { unknownUpstreams } from './unknown-upstreams.ts';

/** What a config may be called. */
export const CONFIG_NAMES = [
  'homegrown.config.ts',
  'homegrown.config.mts',
  'homegrown.config.js',
  'homegrown.config.mjs',
];

/** The paths of the configs in a directory. */
export function findConfigs(directory: string): string[] {
  return CONFIG_NAMES.map((name) => join(directory, name)).filter((path) => existsSync(path));
}

/** Loads and checks the config of a project directory. Throws `config/…` naming file, key, expected and found. */
export async function loadConfig(directory: string): Promise<Config> {
  const [path, ...others] = findConfigs(directory);
  if (path === undefined) throw noConfig(directory);
  if (others.length > 0) throw severalConfigs(directory, [path, ...others]);
  return parseConfig(await importDefault(path), path);
}

/** Checks a config object; `where` is named in errors. */
export function parseConfig(value: unknown, where: string): Config {
  const parsed = configSchema.safeParse(value);
  const problems = parsed.success
    ? unknownUpstreams(parsed.data)
    : parsed.error.issues.flatMap((issue) => explainConfigIssue(issue, value, configSchema));
  if (parsed.success && problems.length === 0) return parsed.data;
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

function severalConfigs(directory: string, paths: readonly string[]): HomegrownError {
  return new HomegrownError({
    code: 'config/several',
    message: 'there is more than one config',
    kind: 'usage',
    where: directory,
    expected: 'one',
    found: paths.map((path) => basename(path)).join(' and '),
    hint: 'Keep one of them and delete or rename the rest.',
  });
}

async function importDefault(path: string): Promise<unknown> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (cause) {
    throw new HomegrownError({
      code: 'config/not-loadable',
      message: `cannot load it: ${messageOf(cause)}`,
      kind: 'usage',
      where: path,
      hint: hintForLoading(path, messageOf(cause)),
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

function hintForLoading(path: string, failure: string): string {
  if (/Cannot find package 'homegrown'/.test(failure))
    return 'Install the homegrown package in this project; the README tells how.';
  const asModule = basename(path).replace(/\.([jt]s)$/, '.m$1');
  if (/Cannot use import statement outside a module|Unexpected token 'export'/.test(failure))
    return `package.json makes it CommonJS: rename it to ${asModule}.`;
  return 'Mend the file; Node runs it as it is, without a build.';
}
