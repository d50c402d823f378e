import { createInterface } from 'node:readline';
import { messageOf } from '../../src/errors/homegrown-error.ts';
import type { Contestant, PeakMemory } from './contestant.ts';
import { decodeBatch, type ContestantRequest } from './protocol.ts';

/** Answers the requests on standard input for a contestant in this process, until it is closed; for what `ProcessContestant` starts. */
export async function serveContestant(contestant: Contestant): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const request = JSON.parse(line) as ContestantRequest;
    process.stdout.write(`${JSON.stringify(await answer(contestant, request))}\n`);
    if (request.command === 'close') return;
  }
}

/** Peak memory of this process; `startBytes` was taken when its libraries were loaded. */
export function peakMemoryOfProcess(startBytes: number): PeakMemory {
  return { peakBytes: peakBytesOfProcess(), startBytes };
}

/** Its highest resident memory so far (Node reports KiB). */
export function peakBytesOfProcess(): number {
  return process.resourceUsage().maxRSS * 1024;
}

async function answer(contestant: Contestant, request: ContestantRequest): Promise<object> {
  try {
    return { ok: true, ...(await results(contestant, request)) };
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}

async function results(contestant: Contestant, request: ContestantRequest): Promise<object> {
  switch (request.command) {
    case 'init':
      return contestant.init(request);
    case 'step':
      return contestant.step(decodeBatch(request.batch), request.learningRate);
    case 'peak-memory':
      return contestant.peakMemory();
    case 'close':
      await contestant.close();
      return {};
    case 'evaluate':
    case 'state':
      throw new Error(`"${request.command}" is not asked in a race`);
    default:
      return request satisfies never;
  }
}
