import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AI_SDK_HOMEGROWN, AI_SDK_OPENAI } from './ai-sdk.ts';
import { type Client, type Feature, FEATURES, OWN_FEATURES, type Target, TARGETS } from './features.ts';
import { startGateway } from './gateway.ts';
import { OPENAI_JS } from './openai-js.ts';
import { type Outcome, outcomeOf, shortened, type ProgramContext, type Programs } from './program.ts';
import { renderTable, type Results, type Versions } from './table.ts';

// `node test/clients/run.ts PYTHON [--check]`: runs every client's programs through a gateway and writes docs/reference/client-features.md;
// with `--check` fails when the committed page is another. PYTHON has OpenAI's client (test/python/requirements.txt).

const PAGE = fileURLToPath(new URL('../../docs/reference/client-features.md', import.meta.url));
const PYTHON_PROGRAMS = fileURLToPath(new URL('openai_programs.py', import.meta.url));
const IN_PROCESS: readonly (readonly [Client, Programs])[] = [
  ['openai-js', OPENAI_JS],
  ['ai-sdk-homegrown', AI_SDK_HOMEGROWN],
  ['ai-sdk-openai', AI_SDK_OPENAI],
];
const execute = promisify(execFile);

async function main(): Promise<void> {
  const [python] = process.argv.slice(2);
  if (python === undefined || python.startsWith('--'))
    throw new Error('usage: node test/clients/run.ts PYTHON [--check]');
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  const gateway = await startGateway();
  const results = { address: {}, object: {}, own: {} } as Results;
  try {
    for (const target of Object.keys(TARGETS) as Target[]) {
      await runAll(results[target], gateway.contexts[target], python);
    }
  } finally {
    await gateway.close();
  }
  finish(renderTable(results, await versionsOf(python)), failuresIn(results));
}

async function runAll(rows: Results[Target], context: ProgramContext, python: string): Promise<void> {
  const features = context.target === 'own' ? OWN_FEATURES : (Object.keys(FEATURES) as Feature[]);
  const note = (feature: Feature, client: Client, outcome: Outcome): void => {
    rows[feature] = { ...rows[feature], [client]: outcome };
    const detail = outcome.kind === 'failed' ? `: ${outcome.message}` : '';
    console.error(`${context.target} ${client} ${feature}: ${outcome.kind}${detail}`);
  };
  for (const [client, programs] of IN_PROCESS) {
    for (const feature of features) {
      const program = programs[feature];
      if (program !== undefined) note(feature, client, await outcomeOf(program, context));
    }
  }
  const { stdout } = await execute(python, [PYTHON_PROGRAMS, JSON.stringify(context), ...features]);
  for (const line of stdout.trimEnd().split('\n')) {
    const { feature, ...outcome } = JSON.parse(line) as Outcome & { feature: Feature };
    note(
      feature,
      'openai-python',
      outcome.kind === 'refused' ? { ...outcome, what: shortened(outcome.what) } : outcome,
    );
  }
}

async function versionsOf(python: string): Promise<Versions> {
  const ofPackage = (name: string): string => {
    const path = fileURLToPath(new URL(`../../node_modules/${name}/package.json`, import.meta.url));
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  };
  const { stdout } = await execute(python, ['-c', 'import openai; print(openai.__version__)']);
  return {
    '`openai` (JavaScript)': ofPackage('openai'),
    '`openai` (Python)': stdout.trim(),
    '`ai`': ofPackage('ai'),
    '`@ai-sdk/openai`': ofPackage('@ai-sdk/openai'),
    '`@ai-sdk/anthropic`': ofPackage('@ai-sdk/anthropic'),
  };
}

function failuresIn(results: Results): number {
  const outcomes = Object.values(results).flatMap((rows) =>
    Object.values(rows).flatMap((row) => Object.values(row)),
  );
  return outcomes.filter(({ kind }) => kind === 'failed').length;
}

function finish(page: string, failures: number): void {
  if (failures > 0) {
    console.error(`${failures} programs failed; the page was not written`);
    process.exitCode = 1;
  } else if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page);
  } else if (readFileSync(PAGE, 'utf8') !== page) {
    console.error('docs/reference/client-features.md is not what ran; run `node test/clients/run.ts PYTHON`');
    process.exitCode = 1;
  }
}

await main();
