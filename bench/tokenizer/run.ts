// usage: node bench/tokenizer/run.ts [--rounds 5] [--data wordnet,newsgroups] [--vocabulary 8192] [--lock file]
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PRE_TOKEN_PATTERN } from '../../src/model/tokenizer/pre-tokenizer.ts';
import { DATA_SETS, prepareData, type DataSetName } from '../bag/prepare-data.ts';
import { preparePython, type PythonEnvironment } from '../bag/python-environment.ts';
import { readTexts } from '../bag/read-texts.ts';
import { ratioSpread, spreadOf, type Spread } from '../bag/spread.ts';
import { measuredSchema, type Measured, type TokenizerSettings } from './measured.ts';

const OURS = fileURLToPath(new URL('ours.ts', import.meta.url));
const PEER = fileURLToPath(new URL('peers/hugging_face.py', import.meta.url));

interface Rounds {
  ours: Measured[];
  theirs: Measured[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      data: { type: 'string', default: DATA_SETS.join(',') },
      vocabulary: { type: 'string', default: '8192' },
      lock: { type: 'string' },
    },
  });
  const cache = process.env['HOMEGROWN_BENCH_CACHE'] ?? join(tmpdir(), 'homegrown-bench');
  await mkdir(cache, { recursive: true });
  const environment = await preparePython({
    cache,
    name: 'venv-tokenizer',
    requirements: new URL('requirements.txt', import.meta.url),
  });
  const settings = {
    vocabularySize: Number(values.vocabulary),
    minFrequency: 2,
    specialTokens: ['[PAD]', '[CLS]'],
    threads: 2,
  };
  for (const name of DATA_SETS.filter((dataSet) => values.data.split(',').includes(dataSet))) {
    const path = await trainingTexts(name, cache, environment);
    const rounds: Rounds = { ours: [], theirs: [] };
    for (let round = 0; round < Number(values.rounds); round++) {
      rounds.ours.push(measure([process.execPath, OURS, path], settings, values.lock));
      rounds.theirs.push(measure([environment.python, PEER, path], settings, values.lock));
    }
    await print(name, path, rounds);
  }
}

async function trainingTexts(
  name: DataSetName,
  cache: string,
  { newsgroupsPackage }: PythonEnvironment,
): Promise<string> {
  const { directory } = await prepareData(name, { directory: cache, newsgroupsPackage });
  return join(directory, 'train.jsonl');
}

/** Runs one side once in a fresh process. */
function measure(command: string[], settings: TokenizerSettings, lock: string | undefined): Measured {
  const [program, ...parameters] = [
    ...(lock === undefined ? [] : ['flock', lock]),
    ...command,
    JSON.stringify({ ...settings, pattern: PRE_TOKEN_PATTERN }),
  ];
  return measuredSchema.parse(JSON.parse(execFileSync(program!, parameters, { encoding: 'utf8' })));
}

async function print(name: DataSetName, path: string, { ours, theirs }: Rounds): Promise<void> {
  const texts = await readTexts(path);
  const megabytes = texts.reduce((sum, { input }) => sum + Buffer.byteLength(input), 0) / 1e6;
  const same = new Set([...ours, ...theirs].map(({ merges, ids }) => `${merges} ${ids}`)).size === 1;
  console.log(`\n### ${name}: ${texts.length} texts, ${megabytes.toFixed(1)} MB, ${ours.length} rounds\n`);
  console.log(`merges and number of ids: ${same ? 'the same in all rounds' : 'DIFFERENT'}\n`);
  console.log('| | ours | Hugging Face | ratio, round by round |\n|---|---|---|---|');
  row('training, s', ours, theirs, (side) => side.seconds);
  row('training, processor s', ours, theirs, (side) => side.processorSeconds);
  row('peak memory, MB', ours, theirs, (side) => side.peakMemoryBytes / 1e6);
  row('one text at a time, texts/s', ours, theirs, (side) => texts.length / side.encodeSeconds);
  row('one text at a time, MB/s', ours, theirs, (side) => megabytes / side.encodeSeconds);
  row(
    'batch (ours: one thread), MB/s',
    ours,
    theirs,
    (side) => megabytes / (side.batchSeconds ?? side.encodeSeconds),
  );
}

function row(
  what: string,
  ours: readonly Measured[],
  theirs: readonly Measured[],
  figure: (side: Measured) => number,
): void {
  const [left, right] = [ours.map(figure), theirs.map(figure)];
  console.log(
    `| ${what} | ${shown(spreadOf(left))} | ${shown(spreadOf(right))} | ${shown(ratioSpread(left, right))} |`,
  );
}

function shown({ median, min, max }: Spread): string {
  const [middle, low, high] = [median, min, max].map((value) => value.toPrecision(3));
  return `${middle} (${low} to ${high})`;
}

await main();
