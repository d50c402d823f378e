import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { taskConfigSchema } from '../schema/config.ts';
import type { Example } from '../schema/example.ts';
import type { Task } from '../task/task.ts';
import { buildDataset } from './build-dataset.ts';
import type { DatasetVersion } from './dataset-version.ts';

/** A project directory for a test, with what building data in it needs. */
export class TemporaryProject {
  readonly directory: string;
  readonly datasetsDir: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.datasetsDir = join(directory, '.homegrown', 'datasets');
  }

  static async create(): Promise<TemporaryProject> {
    return new TemporaryProject(await mkdtemp(join(tmpdir(), 'homegrown-data-')));
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(join(this.directory, name), content);
  }

  /** JSON lines with one object each. */
  async writeRows(name: string, rows: readonly object[]): Promise<void> {
    await this.write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  task(config: Record<string, unknown>): Task {
    return { name: 'topic', config: taskConfigSchema.parse({ kind: 'classify', ...config }) };
  }

  async build(
    config: Record<string, unknown>,
    options: { skipBad?: boolean; signal?: AbortSignal; progress?(message: string): void } = {},
  ): Promise<DatasetVersion> {
    const { directory: projectDir, datasetsDir } = this;
    return await buildDataset({
      task: this.task(config),
      projectDir,
      datasetsDir,
      skipBad: false,
      calls: null,
      ...options,
    });
  }

  /** The error a build ends in; throws when it does not or when the error is not ours. */
  async failure(
    config: Record<string, unknown>,
    options: { skipBad?: boolean } = {},
  ): Promise<HomegrownError> {
    const outcome = await this.build(config, options).catch((error: unknown) => error);
    if (outcome instanceof HomegrownError) return outcome;
    throw outcome instanceof Error ? outcome : new Error('the build did not fail');
  }

  /** Names in the datasets directory that are neither versions nor records. */
  async leftovers(): Promise<string[]> {
    const names = await readdir(this.datasetsDir).catch(() => [] as string[]);
    return names.filter((name) => !/^[0-9a-f]{64}$/u.test(name) && name !== '.builds');
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** All examples of a version, or of one split. */
export async function allExamples(version: DatasetVersion, split?: Example['split']): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const example of version.examples(split)) examples.push(example);
  return examples;
}

/** A finding of a version by its check. */
export function findingOf(
  version: DatasetVersion,
  check: string,
): DatasetVersion['manifest']['curation'][number] {
  const found = version.manifest.curation.find((finding) => finding.check === check);
  if (found === undefined) throw new Error(`no finding ${check}`);
  return found;
}

/** Rows with different inputs and a few outputs. */
export function plainRows(count: number, from = 0): { input: string; output: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    input: `${(from + index) * 7919} request about ${((from + index) * 104_729).toString(36)}`,
    output: ['billing', 'shipping', 'login'][(from + index) % 3]!,
  }));
}
