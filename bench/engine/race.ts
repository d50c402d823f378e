import { setTimeout as sleep } from 'node:timers/promises';
import type { RunBatches } from './batches.ts';
import { machineUse, othersShare } from './machine-use.ts';
import type { Batch, Contestant, Entry, PeakMemory, StepFigures, TrainingSetup } from './contestant.ts';

/** A step, and how much of the machine was not the contestant's. */
export interface RacedStep extends StepFigures {
  readonly othersShare: number;
}

/** All that was measured of one entry. */
export interface RacedEntry {
  readonly entry: Entry;
  readonly parameters: number;
  /** Seconds until it was ready for its first step. */
  readonly initSeconds: number;
  readonly warmUp: RacedStep[];
  readonly timed: RacedStep[];
  readonly memory: PeakMemory;
}

type Running = Omit<RacedEntry, 'memory'> & { readonly contestant: Contestant };

// Worker threads of the one before spin for some milliseconds before they sleep.
const REST_MS = 10;
const LEARNING_RATE = 3e-4;
const WARM_UP_STEPS = 10;

/** Trains all entries on the same batches, taking turns step by step; another one begins in each round. */
export async function race(
  entries: readonly Entry[],
  setup: TrainingSetup,
  batches: RunBatches,
): Promise<RacedEntry[]> {
  const running: Running[] = [];
  try {
    for (const entry of entries) {
      const contestant = entry.start();
      const { parameters, seconds } = await contestant.init(setup);
      running.push({ entry, contestant, parameters, initSeconds: seconds, warmUp: [], timed: [] });
    }
    for (const [step, batch] of batches.warmUp.entries()) await round(running, 'warmUp', batch, step);
    for (const [index, batch] of batches.timed.entries()) {
      await round(running, 'timed', batch, batches.warmUp.length + index);
    }
    return await Promise.all(
      running.map(async ({ contestant, ...raced }) => ({
        ...raced,
        memory: await contestant.peakMemory(),
      })),
    );
  } finally {
    await Promise.allSettled(running.map(({ contestant }) => contestant.close()));
  }
}

async function round(
  running: readonly Running[],
  part: 'warmUp' | 'timed',
  batch: Batch,
  step: number,
): Promise<void> {
  const learningRate = LEARNING_RATE * Math.min(1, (step + 1) / WARM_UP_STEPS);
  for (let turn = 0; turn < running.length; turn++) {
    const current = running[(step + turn) % running.length]!;
    await sleep(REST_MS);
    const before = machineUse();
    const figures = await current.contestant.step(batch, learningRate);
    current[part].push({
      ...figures,
      othersShare: othersShare(before, machineUse(), figures.processorSeconds),
    });
  }
}
