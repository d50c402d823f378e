// usage: node bench/encoder/run.ts [--python file] [--seeds 1,2,3,4,5] [--steps 450] [--batch 256] [--threads 2] [--write file.json]
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { writeFileAtomic } from '../../src/util/atomic-file.ts';
import { ratioSpread, type Spread, spreadOf } from '../bag/spread.ts';
import { checkVersions, prepareVirtualEnvironment } from '../virtual-environment.ts';
import { type EncoderResult, encoderResultSchema, encoderTask } from './encoder-task.ts';

const execute = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const REQUIREMENTS = here('../engine/requirements.txt');

interface Round {
  readonly seed: number;
  readonly ours: EncoderResult;
  readonly torch: EncoderResult;
}

/** The classifier of the demo, trained here and by PyTorch from the same tokens for the same number of steps, seed by seed. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      python: { type: 'string' },
      seeds: { type: 'string', default: '1,2,3,4,5' },
      steps: { type: 'string', default: '450' },
      batch: { type: 'string', default: '256' },
      threads: { type: 'string', default: '2' },
      write: { type: 'string' },
    },
  });
  const python = await pythonOf(values.python);
  const [batch, steps, threads] = [values.batch, values.steps, values.threads].map(Number) as [
    number,
    number,
    number,
  ];
  const task = await encoderTask({ batch, steps, threads });
  const directory = await mkdtemp(join(tmpdir(), 'bench-encoder-'));
  const rounds: Round[] = [];
  try {
    for (const seed of values.seeds.split(',').map(Number)) {
      const path = join(directory, 'task.json');
      await writeFile(path, JSON.stringify({ ...task, seed }));
      const ours = await result(process.execPath, [here('ours.ts'), path]);
      const torch = await result(python, [here('peers/torch_encoder.py'), path]);
      rounds.push({ seed, ours, torch });
      process.stderr.write(`seed ${seed}: ours ${line(ours)}; PyTorch ${line(torch)}\n`);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  process.stdout.write(table(rounds));
  const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  if (values.write !== undefined)
    await writeFileAtomic(
      resolve(values.write),
      `${JSON.stringify({ batch, steps, threads, machine, rounds }, null, 2)}\n`,
    );
}

async function pythonOf(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    await checkVersions(given, REQUIREMENTS);
    return given;
  }
  const cache = process.env['HOMEGROWN_BENCH_CACHE'] ?? join(tmpdir(), 'homegrown-bench');
  const directory = join(cache, 'engine');
  return (await prepareVirtualEnvironment({ directory, requirementsPath: REQUIREMENTS })).python;
}

async function result(program: string, parameters: string[]): Promise<EncoderResult> {
  const { stdout } = await execute(program, parameters, { maxBuffer: 1 << 20 });
  return encoderResultSchema.parse(JSON.parse(stdout));
}

function line({ seconds, accuracy }: EncoderResult): string {
  return `${seconds.toFixed(1)} s, ${(100 * accuracy).toFixed(2)} %`;
}

function table(rounds: readonly Round[]): string {
  const of = (side: 'ours' | 'torch', figure: 'seconds' | 'accuracy'): number[] =>
    rounds.map((round) => round[side][figure] * (figure === 'accuracy' ? 100 : 1));
  const rows = [
    ['ours', spreadOf(of('ours', 'seconds')), spreadOf(of('ours', 'accuracy'))],
    ['PyTorch', spreadOf(of('torch', 'seconds')), spreadOf(of('torch', 'accuracy'))],
  ] as const;
  const ratio = ratioSpread(of('ours', 'seconds'), of('torch', 'seconds'));
  return [
    '| | seconds | validation accuracy, % |',
    '|---|---|---|',
    ...rows.map(([name, seconds, accuracy]) => `| ${name} | ${shown(seconds, 1)} | ${shown(accuracy, 2)} |`),
    '',
    `Time of ours / PyTorch's: ${shown(ratio, 2)}; ${rounds.length} seeds.`,
    '',
  ].join('\n');
}

function shown({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

await main();
