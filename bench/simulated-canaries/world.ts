import type { Random } from '../../src/util/random.ts';

/** A product's traffic while a canary runs, with the truth about the canary. */
export interface World {
  /** Share of the live model's answers that are accepted. */
  readonly acceptance: number;
  /** What the canary loses of that. */
  readonly loss: number;
  /** Share of users that the canary answers. */
  readonly share: number;
  /** Share of answers that somebody judges. */
  readonly feedbackRate: number;
  /** Mean number of calls until a verdict comes; rejections come four times as fast as acceptances. */
  readonly delayCalls: number;
  /** null: every call stands alone. */
  readonly users: Users | null;
  /** Calls between two looks; 1 looks after every verdict. */
  readonly lookEvery: number;
}

/** Calls come from users whose acceptance differs. */
export interface Users {
  readonly callsEach: number;
  /** Standard deviation of a user's acceptance. */
  readonly spread: number;
}

/** Verdicts in the order in which they come. */
export interface Verdicts {
  readonly count: number;
  /** Number of calls made when it comes, from 1. */
  readonly at: Int32Array;
  readonly isCanary: Uint8Array;
  readonly isAccepted: Uint8Array;
  readonly user: Int32Array;
}

/** Draws the verdicts on a number of calls. */
export function drawVerdicts(world: World, calls: number, random: Random): Verdicts {
  const { acceptance, loss, share, feedbackRate, delayCalls, users } = world;
  const drawn: { at: number; canary: number; accepted: number; user: number }[] = [];
  const population = users === null ? null : new Population(users, { share, calls, random });
  for (let call = 1; call <= calls; call++) {
    const who = population?.draw(random) ?? null;
    const canary = who === null ? random.next() < share : who.isCanary;
    const chance = acceptance - (canary ? loss : 0) + (who?.offset ?? 0);
    const accepted = random.next() < Math.min(1, Math.max(0, chance));
    if (feedbackRate < 1 && random.next() >= feedbackRate) continue;
    const mean = delayCalls * (accepted ? 1.6 : 0.4);
    const delay = mean === 0 ? 0 : Math.round(-Math.log(1 - random.next()) * mean);
    if (call + delay > calls) continue;
    drawn.push({
      at: call + delay,
      canary: Number(canary),
      accepted: Number(accepted),
      user: who?.name ?? -1,
    });
  }
  if (delayCalls > 0) drawn.sort((one, other) => one.at - other.at);
  return {
    count: drawn.length,
    at: Int32Array.from(drawn, ({ at }) => at),
    isCanary: Uint8Array.from(drawn, ({ canary }) => canary),
    isAccepted: Uint8Array.from(drawn, ({ accepted }) => accepted),
    user: Int32Array.from(drawn, ({ user }) => user),
  };
}

interface User {
  readonly name: number;
  readonly isCanary: boolean;
  readonly offset: number;
}

/** Users call in no order; each is on one side, and stays there. */
class Population {
  readonly #users: User[];

  constructor(
    { callsEach, spread }: Users,
    { share, calls, random }: { share: number; calls: number; random: Random },
  ) {
    this.#users = Array.from({ length: Math.max(2, Math.round(calls / callsEach)) }, (_, name) => ({
      name,
      isCanary: random.next() < share,
      // Uniform: bounded, so that no acceptance leaves [0, 1] while its mean stays.
      offset: (random.next() * 2 - 1) * spread * Math.sqrt(3),
    }));
  }

  draw(random: Random): User {
    return this.#users[random.integer(this.#users.length)]!;
  }
}
