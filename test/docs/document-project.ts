import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Block } from './markdown-blocks.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a block printed on standard output. */
export interface BlockResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** The project directory in which a document's examples run, one after the other, against the working tree. */
export class DocumentProject {
  readonly directory = mkdtempSync(join(tmpdir(), 'homegrown-docs-'));
  readonly #background: ChildProcess[] = [];

  constructor() {
    this.write('package.json', '{ "type": "module" }\n');
    this.write('tsconfig.json', TSCONFIG);
    this.write('node_modules/homegrown/package.json', PACKAGE);
    symlinkSync(join(root, 'src'), join(this.directory, 'node_modules/homegrown/src'));
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.') && name !== 'homegrown')
        symlinkSync(join(root, 'node_modules', name), join(this.directory, 'node_modules', name));
    }
    this.write('.bin/homegrown', `#!/bin/sh\nexec node '${join(root, 'src/cli/main.ts')}' "$@"\n`, 0o755);
    this.write('.bin/npx', '#!/bin/sh\nexec "$@"\n', 0o755);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text, { mode });
  }

  /** Runs a block to its end; one marked `background` until it has printed a line. */
  async run(block: Block): Promise<BlockResult> {
    const child = this.#start(block);
    const output = { stdout: '', stderr: '' };
    child.stdout!.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    if (!block.background) {
      const [exitCode] = (await once(child, 'close')) as [number | null];
      return { exitCode, ...output };
    }
    this.#background.push(child);
    await Promise.race([once(child.stdout!, 'data'), once(child.stderr!, 'data'), once(child, 'close')]);
    return { exitCode: child.exitCode ?? 0, ...output };
  }

  /** Reports type errors of the TypeScript files written so far; empty when there are none. */
  async typeErrors(files: string[]): Promise<string> {
    this.write('tsconfig.json', JSON.stringify({ ...(JSON.parse(TSCONFIG) as object), files }));
    const child = this.#spawn('tsc', ['-p', 'tsconfig.json', '--pretty', 'false']);
    let printed = '';
    child.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await once(child, 'close');
    return printed;
  }

  async close(): Promise<void> {
    for (const child of this.#background) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      process.kill(-child.pid!, 'SIGTERM');
      await once(child, 'close');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  #start(block: Block): ChildProcess {
    if (block.language === 'sh') return this.#spawn('bash', ['-euo', 'pipefail', '-c', block.text]);
    return this.#spawn('node', [exampleName(block)]);
  }

  #spawn(program: string, parameters: string[]): ChildProcess {
    const path = [join(this.directory, '.bin'), join(root, 'node_modules/.bin'), process.env['PATH']];
    return spawn(program, parameters, {
      cwd: this.directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: path.join(delimiter), REPOSITORY: root },
    });
  }
}

/** The file that a TypeScript block is written to. */
export function exampleName(block: Block): string {
  return block.file ?? `example-at-line-${block.line}.ts`;
}

/** The package as it is published, but for its files: they are the sources. */
const PACKAGE = JSON.stringify({ name: 'homegrown', type: 'module', exports: sourceExports() });

function sourceExports(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { default: string }>;
  };
  const sources = Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return [];
    return [[path, target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts')]];
  });
  return Object.fromEntries(sources) as Record<string, string>;
}

const TSCONFIG = JSON.stringify({
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    paths: {},
    declaration: false,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  },
  include: [],
  exclude: [],
  files: [],
});
