import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const CONFIGURATION = ['oxlint.config.ts', 'scripts/lint', 'tsconfig.json', 'package.json'];

/** One complaint of the linter. */
export interface Complaint {
  file: string;
  rule: string;
  help: string;
}

/** Lints files that exist only for this, in an empty copy of the repository with the repository's own configuration. */
export function lintFiles(files: Record<string, string>): Complaint[] {
  const copy = mkdtempSync(join(tmpdir(), 'homegrown-lint-'));
  try {
    for (const path of CONFIGURATION) cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [path, text] of Object.entries(files)) writeUnder(copy, path, text);
    return runLinter(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function writeUnder(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

interface Diagnostic {
  filename: string;
  code?: string;
  help?: string;
}

function runLinter(directory: string): Complaint[] {
  const linter = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout, stderr } = spawnSync(process.execPath, [linter, '--format=json', 'src'], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (!stdout.startsWith('{')) throw new Error(`the linter did not run: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return diagnostics.map(({ filename, code = '', help = '' }) => ({ file: filename, rule: code, help }));
}
