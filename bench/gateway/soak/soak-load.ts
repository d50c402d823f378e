import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../src/util/random.ts';
import { drawKind } from './call-kinds.ts';
import { type CallOutcome, soakCall } from './soak-call.ts';
import { topicText } from './soak-project.ts';

export interface SoakLoadOptions {
  port: number;
  /** Calls a second, at random times. */
  rate: number;
  seconds: number;
  seed: number;
  ended(outcome: CallOutcome): void;
}

/** Puts the mixed load on the gateway; resolves when the last call has ended. */
export async function soakLoad({ port, rate, seconds, seed, ended }: SoakLoadOptions): Promise<void> {
  const random = seededRandom(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 500, maxFreeSockets: 100 });
  const running = new Set<Promise<void>>();
  const start = performance.now();
  let due = start;
  for (let number = 0; due < start + 1000 * seconds; number++) {
    if (due > performance.now()) await sleep(due - performance.now());
    const kind = drawKind(random);
    const { text } = topicText(number);
    const call = soakCall({ port, agent }, { number, kind, text }).then((outcome) => {
      ended(outcome);
      running.delete(call);
    });
    running.add(call);
    due += (-Math.log(1 - random.next()) * 1000) / rate;
  }
  while (running.size > 0) await Promise.all(running);
  agent.destroy();
}
