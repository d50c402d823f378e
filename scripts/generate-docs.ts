// usage: node scripts/generate-docs.ts [--check]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandLineReference } from './docs/command-line-reference.ts';
import { configReference } from './docs/config-reference.ts';
import { operatorReference } from './docs/operator-reference.ts';

const reference = fileURLToPath(new URL('../docs/reference/', import.meta.url));

const DOCUMENTS: Record<string, () => string> = {
  'config.md': configReference,
  'cli.md': commandLineReference,
  'operators.md': operatorReference,
};

/** Writes the reference pages; with `--check` fails when a committed page is not what the code gives. */
function main(): void {
  mkdirSync(reference, { recursive: true });
  for (const [name, render] of Object.entries(DOCUMENTS)) {
    if (process.argv.includes('--check')) check(name, render());
    else writeFileSync(reference + name, render());
  }
}

function check(name: string, expected: string): void {
  if (currentText(name) === expected) return;
  console.error(`docs/reference/${name} is not what the code gives; run \`npm run docs:generate\`.`);
  process.exitCode = 1;
}

function currentText(name: string): string | null {
  try {
    return readFileSync(reference + name, 'utf8');
  } catch {
    return null;
  }
}

main();
