import { breachOnServer } from '../../src/registry/gates/server-breach.ts';
import { gateSettingsOf } from '../../src/registry/gates/gate-settings.ts';
import { configSchema } from '../../src/schema/config.ts';
import { seededRandom } from '../../src/util/random.ts';

const config = configSchema.parse({
  tasks: { task: { kind: 'classify', data: 'x.jsonl', limits: { p95LatencyMs: 20 } } },
});
const SETTINGS = gateSettingsOf({ name: 'task', config: config.tasks['task']! });

/** How a canary is broken: the share of its calls that fail, or of its answers that are slower than the limit. */
export interface Broken {
  readonly failing: number;
  readonly slow: number;
}

/** Calls of the canary until its own server stops it, one number for each world, in order; Infinity: not within `most`. */
export function callsUntilStopped(
  { failing, slow }: Broken,
  { worlds, most, seed }: { worlds: number; most: number; seed: number },
): number[] {
  const all: number[] = [];
  for (let world = 0; world < worlds; world++) {
    const random = seededRandom(seed + world);
    const counts = { calls: 0, failed: 0, answered: 0, slow: 0 };
    let stopped = Infinity;
    while (counts.calls < most && stopped === Infinity) {
      counts.calls++;
      if (random.next() < failing) counts.failed++;
      else {
        counts.answered++;
        if (random.next() < slow) counts.slow++;
      }
      if (breachOnServer(counts, SETTINGS) !== null) stopped = counts.calls;
    }
    all.push(stopped);
  }
  return all.toSorted((one, other) => one - other);
}
