import { Worker } from 'node:worker_threads';
import { HomegrownError } from '../../../errors/homegrown-error.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Value } from '../../graph/value.ts';
import { writeGraph } from '../../onnx/graph-writer.ts';
import { regionsOf } from '../../optim/parameter-memory.ts';
import type { InputSpec, TrainerSetup } from '../../training/trainer-setup.ts';
import type {
  Feeds,
  NonFinite,
  StepRequest,
  StepResult,
  Tensor,
  Trainer,
  TrainerState,
} from '../../training/trainer.ts';
import { gradientNames, LOSS_OUTPUT } from '../../training/training-graph.ts';
import type { WorkerAnswer, WorkerCalls, WorkerRequest, WorkerSetup } from './trainer-protocol.ts';

export interface OrtTrainerOptions {
  /** Writes Chrome trace events of every node to files with this prefix when the trainer is closed. */
  readonly profilePrefix?: string;
}

/** Starts a worker that trains a network on ONNX Runtime. */
export async function openOrtTrainer(
  setup: TrainerSetup,
  { profilePrefix }: OrtTrainerOptions = {},
): Promise<OrtTrainer> {
  const trainer = new OrtTrainer(workerSetup(setup, profilePrefix));
  await trainer.open();
  return trainer;
}

/** A trainer whose work is done by a worker thread on ONNX Runtime. */
export class OrtTrainer implements Trainer {
  readonly threads: number;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(response: unknown): void; reject(reason: Error): void }>();
  #failure: HomegrownError | undefined;
  #nextId = 0;
  #openSeconds: number | null = null;

  constructor(setup: WorkerSetup) {
    this.threads = setup.threads;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./trainer-worker.${extension}`, import.meta.url), {
      workerData: setup,
    });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#fail(workerFailure(String(cause), cause)));
    this.#worker.on('exit', (code) => this.#fail(workerFailure(`it ended with code ${code}`)));
  }

  /** Seconds it took to make the session; null until it is made. */
  get openSeconds(): number | null {
    return this.#openSeconds;
  }

  async open(): Promise<void> {
    try {
      this.#openSeconds = (await this.#ask('open', null)).seconds;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async step(request: StepRequest): Promise<StepResult> {
    const result = await this.#ask('step', request);
    if ('nonFinite' in result) throw nonFiniteError(request, result.nonFinite);
    return result;
  }

  evaluate(batches: readonly Feeds[]): Promise<Record<string, Tensor>[]> {
    return this.#ask('evaluate', batches);
  }

  async state(): Promise<TrainerState> {
    return new Map(await this.#ask('state', null));
  }

  async restore(state: TrainerState): Promise<void> {
    await this.#ask('restore', [...state]);
  }

  async close(): Promise<void> {
    if (this.#failure === undefined && this.#openSeconds !== null) await this.#ask('close', null);
    this.#fail(workerFailure('it was closed'));
    await this.#worker.terminate();
  }

  #ask<Name extends keyof WorkerCalls>(
    name: Name,
    request: WorkerCalls[Name]['request'],
  ): Promise<WorkerCalls[Name]['response']> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: resolve as (response: unknown) => void, reject });
      this.#worker.postMessage({ id, name, request } satisfies WorkerRequest);
    });
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('failure' in answer) waiting?.reject(new HomegrownError(answer.failure));
    else waiting?.resolve(answer.response);
  }

  #fail(reason: HomegrownError): void {
    this.#failure ??= reason;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}

function workerSetup(setup: TrainerSetup, profilePrefix: string | undefined): WorkerSetup {
  const { training, evaluation, parameters, optimizer, averageDecay, threads, seed } = setup;
  const { graph, rowGradients } = training;
  const masks = graph.dropoutMasks.map(({ value, rate }) => ({ ...inputSpec(value), rate }));
  const special = new Set([
    ...masks.map(({ name }) => name),
    ...parameters.map(({ name }) => gradientNames(name).before),
  ]);
  return {
    trainingModel: writeGraph(graph, { name: 'training', unreadableOutput: true }),
    evaluationModel: writeGraph(evaluation, { name: 'evaluation' }),
    evaluationInputs: evaluation.inputs.map(inputSpec),
    evaluationParameters: namesOf(evaluation, 'parameters'),
    evaluationOutputs: Object.keys(evaluation.outputs),
    inputs: graph.inputs.map(inputSpec).filter(({ name }) => !special.has(name)),
    masks,
    rowGradients,
    denseGradients: parameters
      .map(({ name }) => name)
      .filter((name) => gradientNames(name).after in graph.outputs),
    lossShape: graph.outputs[LOSS_OUTPUT]!.shape.map(Number),
    parameters,
    regions: regionsOf(optimizer, averageDecay !== null),
    optimizer,
    averageDecay,
    threads,
    seed,
    profilePrefix,
  };
}

function namesOf(graph: Graph, what: 'parameters'): string[] {
  return graph[what].map((value) => inputSpec(value).name);
}

function inputSpec({ origin, type, shape }: Value): InputSpec {
  const name = origin.kind === 'input' || origin.kind === 'parameter' ? origin.name : '';
  return { name, type: type === 'int32' ? 'int32' : 'float32', shape };
}

function nonFiniteError({ step }: StepRequest, nonFinite: NonFinite): HomegrownError {
  const { what, microBatch, parameter } = nonFinite;
  const which = parameter === null ? '' : ` of parameter "${parameter}"`;
  return new HomegrownError({
    code: 'engine/non-finite',
    message: `the ${what}${which} is not a finite number in step ${step}, micro-batch ${microBatch}; nothing was changed`,
    hint: 'Look at that batch for broken numbers, or lower the learning rate.',
    cause: nonFinite,
  });
}

function workerFailure(what: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'engine/worker-failed',
    message: `the training worker failed: ${what}`,
    hint: 'If memory ran out, use smaller micro-batches; a run goes on from its last checkpoint.',
    cause,
  });
}
