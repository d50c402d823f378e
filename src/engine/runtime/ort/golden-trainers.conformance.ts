import { afterEach } from 'vitest';
import { GoldenNetwork, type GoldenSetupOptions } from '../../../../test/goldens/golden-network.ts';
import { openOrtTrainer, type OrtTrainer } from './ort-trainer.ts';

/** The GPT of the goldens. */
export const network: GoldenNetwork = new GoldenNetwork('gpt');

const opened: OrtTrainer[] = [];
afterEach(() => Promise.all(opened.splice(0).map((trainer) => trainer.close())));

/** Opens a trainer that is closed after the test. */
export async function open(
  options: GoldenSetupOptions = {},
  of: GoldenNetwork = network,
): Promise<OrtTrainer> {
  return closedAfterwards(await openOrtTrainer(of.setup(options)));
}

/** Closes a trainer after the test. */
export function closedAfterwards(trainer: OrtTrainer): OrtTrainer {
  opened.push(trainer);
  return trainer;
}

/** Losses of steps `from` to before `to`. */
export async function steps(trainer: OrtTrainer, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++) losses.push((await trainer.step(network.request(step))).loss);
  return losses;
}
