import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../src/util/random.ts';
import { drawKind, PLAIN } from './call-kinds.ts';
import { type CallOutcome, soakCall } from './soak-call.ts';
import { topicText } from './soak-project.ts';

export interface SoakLoadOptions {
  port: number;
  /** The upstream's own port: a tenth as many plain calls go straight to it, so that the machine's slow moments can be told from the gateway's. */
  upstreamPort: number;
  /** Calls a second, at random times. */
  rate: number;
  seconds: number;
  seed: number;
  ended(outcome: CallOutcome): void;
  /** A call straight to the upstream ended. */
  endedDirect(outcome: CallOutcome): void;
}

/** Puts the mixed load on the gateway; resolves when the last call has ended. */
export async function soakLoad(options: SoakLoadOptions): Promise<void> {
  const { port, upstreamPort, rate, seconds, seed, ended, endedDirect } = options;
  const random = seededRandom(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 500, maxFreeSockets: 100 });
  const running = new Set<Promise<void>>();
  const begin = (call: Promise<CallOutcome>, tell: (outcome: CallOutcome) => void): void => {
    const told = call.then((outcome) => {
      tell(outcome);
      running.delete(told);
    });
    running.add(told);
  };
  const start = performance.now();
  let due = start;
  for (let number = 0; due < start + 1000 * seconds; number++) {
    if (due > performance.now()) await sleep(due - performance.now());
    const kind = drawKind(random);
    const { text } = topicText(number);
    begin(soakCall({ port, agent }, { number, kind, text }), ended);
    if (number % 10 === 0)
      begin(soakCall({ port: upstreamPort, agent }, { number, kind: PLAIN, text }), endedDirect);
    due += (-Math.log(1 - random.next()) * 1000) / rate;
  }
  while (running.size > 0) await Promise.all(running);
  agent.destroy();
}
