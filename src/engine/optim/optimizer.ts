import type { OptimizerSettings } from './optimizer-settings.ts';
import { type OptimKernel, optimKernel } from './kernel.ts';
import type { ParameterMemory, ParameterSpec } from './parameter-memory.ts';

/** One update. */
export interface Update {
  /** Number of this update, from 0. */
  readonly step: number;
  readonly learningRate: number;
  /** Gradients in memory are sums; divided by this they are the gradients of the mean. */
  readonly weight: number;
}

/** Applies gradients to parameters where they lie. */
export class Optimizer {
  readonly #memory: ParameterMemory;
  readonly #settings: OptimizerSettings;
  readonly #averageDecay: number | null;
  readonly #kernel: OptimKernel;

  constructor(memory: ParameterMemory, settings: OptimizerSettings, averageDecay: number | null) {
    this.#memory = memory;
    this.#settings = settings;
    this.#averageDecay = averageDecay;
    this.#kernel = optimKernel(memory.memory);
  }

  get kernel(): OptimKernel {
    return this.#kernel;
  }

  /** Euclidean norm of all summed gradients. */
  gradientNorm(): number {
    const { address, count } = this.#memory.span('gradient');
    return Math.sqrt(this.#kernel.sumOfSquares(address, count));
  }

  /** The first parameter whose gradient is not finite. */
  nonFiniteParameter(): string | null {
    const bad = this.#memory.parameters.find(
      ({ name }) =>
        !Number.isFinite(
          this.#kernel.sumOfSquares(
            this.#memory.address('gradient', name),
            this.#memory.paddedBytes(name) / 4,
          ),
        ),
    );
    return bad?.name ?? null;
  }

  /** Updates all parameters, `norm` being that of the summed gradients, and sets the gradients to zero. */
  apply({ step, learningRate, weight }: Update, norm: number): void {
    const { clipNorm } = this.#settings;
    const mean = norm / weight;
    const clip = clipNorm !== null && mean > clipNorm ? clipNorm / (mean + 1e-6) : 1;
    for (const parameter of this.#memory.parameters)
      this.#applyTo(parameter, { step, learningRate, scale: clip / weight });
    if (this.#averageDecay !== null) this.#average(step, this.#averageDecay);
  }

  #applyTo(
    { name, learningRateScale, decayed }: ParameterSpec,
    { step, learningRate, scale }: { step: number; learningRate: number; scale: number },
  ): void {
    const memory = this.#memory;
    const settings = this.#settings;
    const rate = learningRate * learningRateScale;
    const keep = 1 - (decayed ? rate * settings.weightDecay : 0);
    const [parameters, gradients, firsts] = (['parameter', 'gradient', 'first-moment'] as const).map(
      (region) => memory.address(region, name),
    ) as [number, number, number];
    const count = memory.paddedBytes(name) / 4;
    if (settings.kind === 'sgd') {
      this.#kernel.sgd(parameters, gradients, firsts, count, scale, keep, rate, settings.momentum);
      return;
    }
    const { beta1, beta2, epsilon } = settings;
    const stepSize = rate / (1 - beta1 ** (step + 1));
    const rootCorrection = Math.sqrt(1 - beta2 ** (step + 1));
    const seconds = memory.address('second-moment', name);
    this.#kernel.adamw(
      parameters,
      gradients,
      firsts,
      seconds,
      count,
      scale,
      keep,
      stepSize,
      beta1,
      beta2,
      rootCorrection,
      epsilon,
    );
  }

  /** An exponential moving average that weighs all steps evenly until it has seen 1 / (1 - decay) of them. */
  #average(step: number, decay: number): void {
    const { address, count } = this.#memory.span('average');
    const share = Math.max(1 - decay, 1 / (step + 1));
    this.#kernel.moveAverage(address, this.#memory.span('parameter').address, count, share);
  }
}
