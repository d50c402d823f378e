import { HomegrownError } from '../../../errors/homegrown-error.ts';
import { type Dimension, lengthOf } from '../../graph/dimension.ts';
import { elementCount } from '../../graph/tensor-type.ts';
import { Optimizer } from '../../optim/optimizer.ts';
import { ParameterMemory, type ParameterSpec } from '../../optim/parameter-memory.ts';
import { type MaskSpec, stateName, tensorOf } from '../../training/trainer-setup.ts';
import type { Feeds, NonFinite, StepRequest, StepResult, Tensor } from '../../training/trainer.ts';
import { gradientNames, LOSS_OUTPUT } from '../../training/training-graph.ts';
import { checkedLengths } from '../check-feeds.ts';
import { type Bindings, bound, OrtSession } from './ort-session.ts';
import type { TrainerCalls, WorkerSetup } from './trainer-protocol.ts';

type Lengths = Record<string, number>;
type Kept = Omit<WorkerSetup, 'parameters' | 'trainingModel'> & {
  readonly parameters: readonly ParameterSpec[];
};

/** A trainer's work, inside its worker. */
export class TrainingLoop {
  readonly #setup: Kept;
  readonly #memory: ParameterMemory;
  readonly #optimizer: Optimizer;
  readonly #session: OrtSession;
  readonly #parameters: Bindings;
  readonly #gradientsBefore: Bindings;
  readonly #gradientsAfter: Bindings;
  readonly #loss = new Float32Array(1);
  #evaluation: OrtSession | undefined;

  private constructor(setup: WorkerSetup, session: OrtSession) {
    const { trainingModel: _, parameters, ...rest } = setup;
    this.#setup = { ...rest, parameters: parameters.map(({ initial: __, ...spec }) => spec) };
    this.#session = session;
    this.#memory = new ParameterMemory(this.#setup.parameters, setup.regions);
    this.#optimizer = new Optimizer(this.#memory, setup.optimizer, setup.averageDecay);
    const bindings = (region: 'parameter' | 'gradient', name: (parameter: string) => string): Bindings =>
      Object.fromEntries(
        setup.parameters
          .filter((spec) => region === 'parameter' || setup.denseGradients.includes(spec.name))
          .map((spec) => [
            name(spec.name),
            bound({ shape: spec.shape, data: this.#memory.view(region, spec) }),
          ]),
      );
    this.#parameters = bindings('parameter', (name) => name);
    this.#gradientsBefore = bindings('gradient', (name) => gradientNames(name).before);
    this.#gradientsAfter = bindings('gradient', (name) => gradientNames(name).after);
    for (const spec of setup.parameters) {
      this.#memory.view('parameter', spec).set(spec.initial);
      if (setup.regions.includes('average')) this.#memory.view('average', spec).set(spec.initial);
    }
  }

  static async open(setup: WorkerSetup): Promise<TrainingLoop> {
    const { threads, profilePrefix } = setup;
    return new TrainingLoop(setup, await OrtSession.open(setup.trainingModel, { threads, profilePrefix }));
  }

  async step(request: StepRequest): Promise<StepResult | { nonFinite: NonFinite }> {
    try {
      return await this.#update(request);
    } catch (error) {
      this.#clearGradients();
      throw error;
    }
  }

  async #update(request: StepRequest): Promise<StepResult | { nonFinite: NonFinite }> {
    const started = performance.now();
    let loss = 0;
    for (const [microBatch, feeds] of request.microBatches.entries()) {
      const part = await this.#accumulate(feeds, { step: request.step, microBatch });
      if (!Number.isFinite(part)) return this.#refuse({ what: 'loss', microBatch, parameter: null });
      loss += part;
    }
    const norm = this.#optimizer.gradientNorm();
    if (!Number.isFinite(norm)) return this.#findNonFinite(request);
    this.#optimizer.apply(request, norm);
    const { weight } = request;
    return {
      loss: loss / weight,
      gradientNorm: norm / weight,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Adds the gradients of one batch to those in memory; the batch's summed loss. */
  async #accumulate(feeds: Feeds, at: { step: number; microBatch: number }): Promise<number> {
    const { inputs, masks, rowGradients } = this.#setup;
    const lengths = checkedLengths(inputs, feeds);
    this.#memory.freeScratch();
    const outputs: Bindings = { ...this.#gradientsAfter, [LOSS_OUTPUT]: this.#lossBinding() };
    const rows = rowGradients.map((gradient) => {
      const shape = lengthsOf(gradient.shape, lengths);
      const indices = this.#copyIndices(feeds[gradient.indices]!);
      const address = this.#memory.scratch(elementCount(shape));
      outputs[gradient.output] = this.#scratchBinding(address, shape);
      return { ...indices, address, parameter: gradient.parameter };
    });
    const batch: Bindings = { ...this.#parameters, ...this.#gradientsBefore };
    for (const { name } of inputs.inputs) batch[name] = bound(feeds[name]!);
    for (const [index, mask] of masks.entries())
      batch[mask.name] = this.#dropoutMask(mask, lengths, { ...at, index });
    await this.#session.runInto(batch, outputs);
    for (const { parameter, address, indices, count } of rows)
      this.#optimizer.kernel.addRows(
        this.#memory.address('gradient', parameter),
        this.#rowWidth(parameter),
        indices,
        address,
        count,
      );
    return this.#loss[0]!;
  }

  #lossBinding(): Bindings[string] {
    return bound({ shape: this.#setup.lossShape, data: this.#loss });
  }

  #scratchBinding(address: number, shape: readonly number[]): Bindings[string] {
    return bound({ shape, data: new Float32Array(this.#memory.memory.buffer, address, elementCount(shape)) });
  }

  #rowWidth(parameter: string): number {
    return elementCount(this.#setup.parameters.find(({ name }) => name === parameter)!.shape.slice(1));
  }

  #copyIndices({ data }: Tensor): { indices: number; count: number } {
    const indices = this.#memory.scratch(data.length);
    new Int32Array(this.#memory.memory.buffer, indices, data.length).set(data);
    return { indices, count: data.length };
  }

  #dropoutMask(
    { rate, shape }: MaskSpec,
    lengths: Lengths,
    { step, microBatch, index }: { step: number; microBatch: number; index: number },
  ): Bindings[string] {
    const known = lengthsOf(shape, lengths);
    const count = elementCount(known);
    const address = this.#memory.scratch(count);
    const key1 = mixed(mixed(this.#setup.seed, step), microBatch);
    const threshold = Math.min(2 ** 32 - 1, Math.round(rate * 2 ** 32));
    this.#optimizer.kernel.dropout(address, count, key1, mixed(key1, index + 1), threshold, 1 / (1 - rate));
    return this.#scratchBinding(address, known);
  }

  #refuse(nonFinite: NonFinite): { nonFinite: NonFinite } {
    this.#clearGradients();
    return { nonFinite };
  }

  /** Looks for the batch and parameter by computing the gradients of each batch alone once more. */
  async #findNonFinite(request: StepRequest): Promise<{ nonFinite: NonFinite }> {
    for (const [microBatch, feeds] of request.microBatches.entries()) {
      this.#clearGradients();
      await this.#accumulate(feeds, { step: request.step, microBatch });
      const parameter = this.#optimizer.nonFiniteParameter();
      if (parameter !== null) return this.#refuse({ what: 'gradient', microBatch, parameter });
    }
    return this.#refuse({ what: 'gradient', microBatch: request.microBatches.length - 1, parameter: null });
  }

  #clearGradients(): void {
    for (const spec of this.#setup.parameters) this.#memory.view('gradient', spec).fill(0);
  }

  async evaluate(batches: readonly Feeds[]): Promise<Record<string, Tensor>[]> {
    const { evaluationInputs, evaluationOutputs, threads } = this.#setup;
    this.#evaluation ??= await OrtSession.open(this.#setup.evaluationModel, { threads });
    const results: Record<string, Tensor>[] = [];
    for (const feeds of batches) {
      const batch = this.#evaluationWeights();
      for (const { name } of evaluationInputs.inputs) batch[name] = bound(feeds[name]!);
      const outputs = await this.#evaluation.run(batch, evaluationOutputs);
      results.push(
        Object.fromEntries(
          Object.entries(outputs).map(([name, { dims, data }]) => [
            name,
            { shape: dims, data: data as Float32Array },
          ]),
        ),
      );
    }
    return results;
  }

  #evaluationWeights(): Bindings {
    const region = this.#setup.regions.includes('average') ? 'average' : 'parameter';
    const used = this.#setup.parameters.filter(({ name }) => this.#setup.evaluationParameters.includes(name));
    return Object.fromEntries(
      used.map((spec) => [spec.name, bound({ shape: spec.shape, data: this.#memory.view(region, spec) })]),
    );
  }

  state(): [string, Tensor][] {
    return this.#setup.regions
      .filter((region) => region !== 'gradient')
      .flatMap((region) =>
        this.#setup.parameters.map((spec): [string, Tensor] => [
          stateName(region, spec.name),
          tensorOf(spec.shape, this.#memory.view(region, spec)),
        ]),
      );
  }

  restore(state: TrainerCalls['restore']['request']): null {
    const given = new Map(state);
    const kept = this.#setup.regions.filter((region) => region !== 'gradient');
    const places = kept.flatMap((region) =>
      this.#setup.parameters.map((spec) => {
        const name = stateName(region, spec.name);
        const tensor = given.get(name);
        if (String(tensor?.shape) !== String(spec.shape)) throw wrongState(name, spec.shape, tensor);
        return { to: this.#memory.view(region, spec), from: tensor!.data };
      }),
    );
    for (const { to, from } of places) to.set(from);
    this.#clearGradients();
    return null;
  }

  async close(): Promise<null> {
    await this.#session.close();
    await this.#evaluation?.close();
    return null;
  }
}

function lengthsOf(shape: readonly Dimension[], lengths: Lengths): number[] {
  return shape.map((dimension) => lengthOf(dimension, lengths));
}

/** One 32-bit key from two (splitmix32's finaliser). */
function mixed(a: number, b: number): number {
  let z = (Math.imul(a, 0x9e3779b1) ^ (b + 0x85ebca6b)) >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function wrongState(name: string, shape: readonly number[], tensor: Tensor | undefined): HomegrownError {
  return new HomegrownError({
    code: 'engine/wrong-state',
    message: `this state does not belong to this network and optimizer: "${name}"`,
    expected: `[${shape.join(', ')}]`,
    found: tensor === undefined ? 'no such tensor' : `[${tensor.shape.join(', ')}]`,
    hint: 'Restore the state of a trainer with the same graph and optimizer.',
  });
}
