import { callsToSeeLoss } from '../../src/evaluate/sequential/calls-needed.ts';
import { planQuickWatch, planSteadyWatch } from '../../src/evaluate/sequential/watch-plan.ts';
import { ALARM_SHARES, FALSE_PASS } from '../../src/registry/gates/gate-settings.ts';
import { promotionConfigSchema } from '../../src/schema/promotion-config.ts';
import { type Random, seededRandom } from '../../src/util/random.ts';
import { watch } from './watch.ts';
import { drawVerdicts, type World } from './world.ts';

const { canary: DEFAULTS } = promotionConfigSchema.parse({});
const MARGIN = DEFAULTS.maxAcceptanceLoss;
/** The plans that the gates use, from the defaults of the config. */
export const PLANS = {
  loss: planQuickWatch({ margin: MARGIN, level: DEFAULTS.falseAlarm * ALARM_SHARES.acceptance }),
  gain: planSteadyWatch({ margin: MARGIN, level: FALSE_PASS }),
};

/** Draws a world's truth, but for its loss. */
export type DrawWorld = (random: Random) => Omit<World, 'loss'>;

/** What many worlds of one kind came to. */
export interface Outcome {
  readonly worlds: number;
  /** Equal canaries rolled back at any time of the watch, which is four times as long as stated. */
  readonly falseAlarms: number;
  /** Canaries that lose exactly the margin and are caught within the stated number of calls. */
  readonly caught: number;
  /** The same in a watch four times as long. */
  readonly caughtLater: number;
  /** Of these, passed as not inferior before. */
  readonly passedWrongly: number;
  /** Equal canaries passed within the stated number of calls. */
  readonly passed: number;
  /** Median over worlds of the stated number of calls, and of what it took. */
  readonly statedCalls: number;
  readonly medianCalls: number;
}

const LONGER = 4;

/** Watches `worlds` equal canaries and as many that lose the margin. */
export function simulateCanaries(
  draw: DrawWorld,
  { worlds, seed }: { worlds: number; seed: number },
): Outcome {
  const tally = { falseAlarms: 0, caught: 0, caughtLater: 0, passedWrongly: 0, passed: 0 };
  const stated: number[] = [];
  const took: number[] = [];
  for (let index = 0; index < worlds; index++) {
    const random = seededRandom(seed + index);
    const kind = draw(random);
    const calls = statedCalls(kind);
    const equal = watch(
      { ...kind, loss: 0 },
      drawVerdicts({ ...kind, loss: 0 }, calls * LONGER, random),
      PLANS,
    );
    if (equal.alarmAt !== null) tally.falseAlarms++;
    if (equal.passedAt !== null && equal.passedAt <= calls) tally.passed++;
    const worse = { ...kind, loss: MARGIN };
    const watched = watch(worse, drawVerdicts(worse, calls * LONGER, random), PLANS);
    if (watched.alarmAt !== null) tally.caughtLater++;
    if (watched.alarmAt !== null && watched.alarmAt <= calls) tally.caught++;
    if (watched.passedAt !== null) tally.passedWrongly++;
    stated.push(calls);
    took.push(watched.alarmAt ?? Infinity);
  }
  return { worlds, ...tally, statedCalls: median(stated), medianCalls: median(took) };
}

/** The number of calls within which a loss is promised to be seen: what is needed, and the time until its verdicts are there. */
export function statedCalls({
  acceptance,
  share,
  feedbackRate,
  delayCalls,
  users,
}: Omit<World, 'loss'>): number {
  const calls = (designEffect: number): number =>
    callsToSeeLoss(PLANS.loss, { acceptance, share, feedbackRate, designEffect });
  if (users === null) return calls(1) + delayCalls * 2;
  // How alike a user's verdicts are, times how many others of the same user there are by then.
  const correlation = (users.spread * users.spread) / (acceptance * (1 - acceptance));
  return calls(1 + (correlation * users.callsEach * feedbackRate) / LONGER) + delayCalls * 2;
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}
