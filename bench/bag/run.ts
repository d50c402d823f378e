// usage: node bench/bag/run.ts [--rounds 3] [--data wordnet,newsgroups] [--write docs/benchmarks/bag.json] [--lock file]
import { mkdir } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../../src/util/atomic-file.ts';
import { contestantsFor } from './contestants.ts';
import { measure, type Fits, type MeasuredContestant } from './measured-contestant.ts';
import type { FitResult } from './fit-result.ts';
import { DATA_SETS, prepareData, type DataSetName, type PreparedData } from './prepare-data.ts';
import { preparePython } from './python-environment.ts';
import { readTexts } from './read-texts.ts';
import { resultsTable, stagesList } from './results-table.ts';
import { runFit } from './run-fit.ts';

interface DataSetResult {
  dataSet: DataSetName;
  prepared: Omit<PreparedData, 'directory'>;
  measured: MeasuredContestant[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      data: { type: 'string', default: DATA_SETS.join(',') },
      write: { type: 'string' },
      lock: { type: 'string' },
    },
  });
  const cache = process.env['HOMEGROWN_BENCH_CACHE'] ?? join(tmpdir(), 'homegrown-bench');
  await mkdir(cache, { recursive: true });
  const environment = await preparePython({
    cache,
    name: 'venv',
    requirements: new URL('requirements.txt', import.meta.url),
  });
  const chosen = DATA_SETS.filter((name) => values.data.split(',').includes(name));
  const results: DataSetResult[] = [];
  for (const name of chosen) {
    results.push(
      await benchmark(name, { ...environment, cache, rounds: Number(values.rounds), lock: values.lock }),
    );
  }
  const report = { node: process.version, ...machine(), peers: environment.versions, results };
  const path = resolve(values.write ?? join(cache, 'bag.json'));
  await writeFileAtomic(path, `${JSON.stringify(report, null, 2)}\n`);
  console.error(`written: ${path}`);
}

interface BenchmarkOptions {
  cache: string;
  python: string;
  newsgroupsPackage: string;
  rounds: number;
  lock: string | undefined;
}

async function benchmark(dataSet: DataSetName, options: BenchmarkOptions): Promise<DataSetResult> {
  const { directory, ...prepared } = await prepareData(dataSet, {
    directory: options.cache,
    newsgroupsPackage: options.newsgroupsPackage,
  });
  const environment = {
    python: options.python,
    dataDirectory: directory,
    lock: options.lock,
  };
  const all = contestantsFor(dataSet).map((contestant) => ({ contestant, fits: [] as FitResult[] }));
  for (let round = 1; round <= options.rounds; round++) {
    for (const { contestant, fits } of all) {
      const fit = runFit(contestant, environment);
      fits.push(fit);
      console.error(
        `${dataSet}, round ${round}: ${contestant.name} ${fit.seconds.toFixed(2)} s, processor ${fit.processorSeconds.toFixed(2)} s`,
      );
    }
  }
  const measured = measure(all satisfies Fits[], await readTexts(join(directory, 'held-out.jsonl')));
  console.log(`\n### ${dataSet}: ${describe(prepared)}, ${options.rounds} rounds\n`);
  console.log(`${resultsTable(measured)}\n\n${stagesList(measured)}`);
  return { dataSet, prepared, measured };
}

function describe({ texts, classes, groups, meanCharacters }: Omit<PreparedData, 'directory'>): string {
  const counts = `${texts.train} train and ${texts['held-out']} held-out texts`;
  return `${counts} of ${meanCharacters.toFixed(0)} characters, ${classes} classes, ${groups} groups`;
}

function machine(): { processor: string; cores: number } {
  return { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() };
}

await main();
