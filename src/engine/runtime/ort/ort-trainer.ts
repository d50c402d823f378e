import { HomegrownError } from '../../../errors/homegrown-error.ts';
import { writeGraph } from '../../onnx/graph-writer.ts';
import { parameterBytes, regionsOf } from '../../optim/parameter-memory.ts';
import type { TrainerSetup } from '../../training/trainer-setup.ts';
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
import { checkedLengths, type FeedRules, feedRules, inputSpec } from '../check-feeds.ts';
import { ownFeeds, ownNumbers } from '../own-numbers.ts';
import type { TrainerCalls, WorkerSetup } from './trainer-protocol.ts';
import { WorkerChannel } from './worker-channel.ts';

export interface OrtTrainerOptions {
  /** Writes Chrome trace events of every node to files with this prefix when the trainer is closed. */
  readonly profilePrefix?: string;
}

/** Starts a worker that trains a network on ONNX Runtime. */
export async function openOrtTrainer(
  setup: TrainerSetup,
  { profilePrefix }: OrtTrainerOptions = {},
): Promise<OrtTrainer> {
  parameterBytes(setup.parameters, regionsOf(setup.optimizer, setup.averageDecay !== null));
  const channel = new WorkerChannel<TrainerCalls>('trainer-worker', 'the training worker');
  const sent = workerSetup(setup, profilePrefix);
  try {
    const { seconds } = await channel.ask('open', sent);
    return new OrtTrainer(channel, sent, seconds);
  } catch (error) {
    await channel.terminate();
    throw error;
  }
}

/** A trainer whose work is done by a worker thread on ONNX Runtime. */
export class OrtTrainer implements Trainer {
  readonly threads: number;
  /** How long it took to make the session. */
  readonly openSeconds: number;
  readonly #channel: WorkerChannel<TrainerCalls>;
  readonly #rules: Pick<WorkerSetup, 'inputs' | 'evaluationInputs'>;

  constructor(
    channel: WorkerChannel<TrainerCalls>,
    { inputs, evaluationInputs, threads }: Pick<WorkerSetup, 'inputs' | 'evaluationInputs' | 'threads'>,
    openSeconds: number,
  ) {
    this.threads = threads;
    this.openSeconds = openSeconds;
    this.#channel = channel;
    this.#rules = { inputs, evaluationInputs };
  }

  async step(request: StepRequest): Promise<StepResult> {
    checkStep(request);
    const microBatches = request.microBatches.map((feeds) => checkedFeeds(this.#rules.inputs, feeds));
    const result = await this.#channel.ask('step', { ...request, microBatches });
    if ('nonFinite' in result) throw nonFiniteError(request, result.nonFinite);
    return result;
  }

  async evaluate(batches: readonly Feeds[]): Promise<Record<string, Tensor>[]> {
    const checked = batches.map((feeds) => checkedFeeds(this.#rules.evaluationInputs, feeds));
    return this.#channel.ask('evaluate', checked);
  }

  async state(): Promise<TrainerState> {
    return new Map(await this.#channel.ask('state', null));
  }

  async restore(state: TrainerState): Promise<void> {
    await this.#channel.ask('restore', [...state]);
  }

  async close(): Promise<void> {
    await this.#channel.ask('close', null).catch(() => null);
    await this.#channel.terminate();
  }
}

/** All that the rules name, checked before any of it is used. */
function checkedFeeds(rules: FeedRules, feeds: Feeds): Feeds {
  checkedLengths(rules, feeds);
  return ownFeeds(
    feeds,
    rules.inputs.map(({ name }) => name),
  );
}

function checkStep({ step, weight, microBatches }: StepRequest): void {
  if (weight > 0 && Number.isFinite(weight) && microBatches.length > 0) return;
  throw new HomegrownError({
    code: 'engine/nothing-to-learn',
    message: `step ${step} has nothing to learn from`,
    expected: 'a weight above 0 and at least one micro-batch',
    found: `weight ${weight} and ${microBatches.length} micro-batches`,
    hint: 'Leave out batches in which nothing is trained.',
  });
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
    evaluationInputs: feedRules(evaluation, evaluation.inputs),
    evaluationParameters: evaluation.parameters.map((value) => inputSpec(value).name),
    evaluationOutputs: Object.keys(evaluation.outputs),
    inputs: feedRules(
      graph,
      graph.inputs.filter((value) => !special.has(inputSpec(value).name)),
    ),
    masks,
    rowGradients,
    denseGradients: parameters
      .map(({ name }) => name)
      .filter((name) => gradientNames(name).after in graph.outputs),
    lossShape: graph.outputs[LOSS_OUTPUT]!.shape.map(Number),
    parameters: parameters.map((parameter) => ({ ...parameter, initial: ownNumbers(parameter.initial) })),
    regions: regionsOf(optimizer, averageDecay !== null),
    optimizer,
    averageDecay,
    threads,
    seed,
    profilePrefix,
  };
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
