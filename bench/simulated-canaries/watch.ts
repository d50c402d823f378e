import { designEffect } from '../../src/evaluate/clustered-proportion.ts';
import { GroupMoments } from '../../src/evaluate/group-moments.ts';
import type { JudgedAnswers } from '../../src/evaluate/sequential/acceptance-difference.ts';
import { evidenceOfLoss, evidenceOfNonInferiority } from '../../src/evaluate/sequential/difference-bounds.ts';
import type { WatchPlan } from '../../src/evaluate/sequential/watch-plan.ts';
import type { Verdicts, World } from './world.ts';

/** When a watch came to something, in calls of both sides; null: never. */
export interface Watched {
  readonly alarmAt: number | null;
  readonly passedAt: number | null;
}

/** Watches verdicts as the gates do. It goes on after the canary has passed: a false alarm may come at any time. */
export function watch(
  { lookEvery }: World,
  verdicts: Verdicts,
  plans: { loss: WatchPlan; gain: WatchPlan },
): Watched {
  const canary = new Side();
  const live = new Side();
  let passedAt: number | null = null;
  let nextLook = lookEvery;
  for (let index = 0; index < verdicts.count; index++) {
    const at = verdicts.at[index]!;
    const side = verdicts.isCanary[index] === 1 ? canary : live;
    side.add(verdicts.user[index]!, verdicts.isAccepted[index]!);
    const isLook = lookEvery === 1 || (index + 1 < verdicts.count && verdicts.at[index + 1]! > nextLook);
    if (!isLook) continue;
    if (lookEvery > 1) while (nextLook < verdicts.at[index + 1]!) nextLook += lookEvery;
    if (canary.judged === 0 || live.judged === 0) continue;
    const isBehind = canary.accepted * live.judged < live.accepted * canary.judged;
    // Neither can be decided against what is observed.
    if (!isBehind && passedAt !== null) continue;
    const counts = { canary: canary.effective(), live: live.effective() };
    if (isBehind && evidenceOfLoss(plans.loss, counts) >= 1 / plans.loss.level)
      return { alarmAt: at, passedAt };
    if (
      passedAt === null &&
      (lookEvery > 1 || index % 16 === 0) &&
      evidenceOfNonInferiority(plans.gain, counts) >= 1 / plans.gain.level
    )
      passedAt = at;
  }
  return { alarmAt: null, passedAt };
}

class Side {
  judged = 0;
  accepted = 0;
  readonly #moments = new GroupMoments();
  readonly #users = new Map<number, { n: number; a: number }>();
  #effect = 1;
  #effectAt = 0;

  add(user: number, accepted: number): void {
    this.judged++;
    this.accepted += accepted;
    if (user < 0) return;
    let known = this.#users.get(user);
    if (known === undefined) {
      this.#users.set(user, (known = { n: 0, a: 0 }));
      this.#moments.groups++;
    }
    const moments = this.#moments;
    moments.tt += 2 * known.n + 1;
    moments.st += known.a + accepted * known.n + accepted;
    moments.ss += accepted * (2 * known.a + 1);
    known.n++;
    known.a += accepted;
  }

  effective(): JudgedAnswers {
    if (this.#users.size > 0 && this.judged >= this.#effectAt) {
      this.#moments.s = this.accepted;
      this.#moments.t = this.judged;
      this.#effect = designEffect(this.#moments);
    }
    return { judged: this.judged / this.#effect, accepted: this.accepted / this.#effect };
  }
}
