import type { GateSettings } from '../../registry/gates/gate-settings.ts';
import type { Promotions } from '../../registry/promotions.ts';
import type { DeploymentStatus } from '../../schema/deployment-status.ts';
import type { AllowanceStore } from '../../store/store.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { ModelPool } from '../model-pool.ts';
import type { CallHooks } from '../pipeline/call-hooks.ts';
import { BreachReporter } from './breach-reporter.ts';
import { CandidateGuard } from './candidate-guard.ts';
import { ShadowRunner } from './shadow-runner.ts';

/** What a server needs to let models take over step by step. */
export interface ServedPromotions {
  readonly promotions: Promotions;
  readonly tasks: readonly GateSettings[];
  /** Where the spending of shadows is counted. */
  readonly allowances: Pick<AllowanceStore, 'take' | 'giveBack'>;
  readonly watch?: CandidateWatch;
}

/** Who looks at the gates again and again. */
export interface CandidateWatch {
  /** Is told after each look at the registry whether there is a canary or a shadow to watch. */
  follow(hasCandidates: boolean): void;
  /** What it found last; null: nothing lately. */
  latest(task: string): DeploymentStatus | null;
}

/** Adds to a server's hooks the guard of canaries and the copies for shadows. */
export function watchCandidates(
  { promotions, tasks, allowances }: ServedPromotions,
  { pool, log, hooks }: { pool: ModelPool; log: GatewayLog; hooks: CallHooks },
): { hooks: CallHooks; close(): Promise<void> } {
  const reporter = new BreachReporter({ promotions, log });
  const guard = new CandidateGuard({ tasks, pool, onBreach: (breach) => reporter.report(breach) });
  const shadows = new ShadowRunner({ pool, hooks, allowances, log });
  const close = async (): Promise<void> => {
    reporter.close();
    await shadows.close();
  };
  return { hooks: { ...hooks, observers: [...hooks.observers, guard], shadows }, close };
}
