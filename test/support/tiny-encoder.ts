import { graphOf } from '../../src/engine/graph/graph.ts';
import { openOrtTrainer, type OrtTrainer } from '../../src/engine/runtime/ort/ort-trainer.ts';
import type { Feeds, Trainer } from '../../src/engine/training/trainer.ts';
import { trainingGraph } from '../../src/engine/training/training-graph.ts';
import { encoderClassifier } from '../../src/model/transformer/encoder-classifier.ts';
import { initialParameters } from '../../src/model/transformer/initial-weights.ts';
import type { EncoderClassifierArchitecture } from '../../src/schema/architecture.ts';
import type { Evaluation } from '../../src/schema/run-event.ts';
import { type RunSpec, runSpecSchema } from '../../src/schema/run-spec.ts';
import type { BatchPlan } from '../../src/train/batch-plan.ts';
import type { TrainRunOptions } from '../../src/train/train-run.ts';
import { seededRandom } from '../../src/util/random.ts';

/** A text of made-up tokens whose class is the commonest remainder of its ids. */
interface Text {
  readonly ids: readonly number[];
  readonly label: number;
}

const CLASSES = 3;
const MICRO_BATCH = 12;
const ARCHITECTURE: EncoderClassifierArchitecture = {
  kind: 'encoder-classifier',
  vocabularySize: 120,
  contextLength: 16,
  width: 32,
  layers: 2,
  heads: 2,
  feedForwardWidth: 64,
  classes: CLASSES,
  dropout: 0.1,
};

const SPEC: RunSpec = runSpecSchema.parse({
  format: 1,
  engine: 'embedded',
  task: 'remainder',
  architecture: ARCHITECTURE,
  tokenizer: null,
  dataset: 'made-up texts',
  objective: 'classify',
  optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 },
  schedule: { kind: 'cosine', peakLearningRate: 0.003, warmupSteps: 20, steps: 300, finalShare: 0.1 },
  batch: { unit: 'examples', perStep: 2 * MICRO_BATCH, microBatchTokens: 16 * MICRO_BATCH },
  labelSmoothing: 0.05,
  averaging: { decay: 0.98 },
  evaluation: { everySteps: 15, patience: 12, metric: 'accuracy' },
  checkpointEverySteps: 20,
  seed: 3,
  threads: 2,
  precision: 'float32',
} satisfies RunSpec);

function textsOf(count: number, seed: number): Text[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const label = random.integer(CLASSES);
    const ids = Array.from({ length: 3 + random.integer(13) }, () => {
      const id = random.integer(ARCHITECTURE.vocabularySize / CLASSES) * CLASSES;
      return id + (random.next() < 0.6 ? label : random.integer(CLASSES));
    });
    return { ids, label };
  });
}

function feedsOf(texts: readonly Text[]): Feeds {
  const time = Math.max(...texts.map(({ ids }) => ids.length));
  const shape = [texts.length, time];
  const at = <T>(make: (text: Text, position: number) => T): T[] =>
    texts.flatMap((text) => Array.from({ length: time }, (_, position) => make(text, position)));
  return {
    ids: { shape, data: Int32Array.from(at(({ ids }, position) => ids[position] ?? 0)) },
    mask: { shape, data: Float32Array.from(at(({ ids }, position) => (position < ids.length ? 1 : 0))) },
    positions: { shape: [time], data: Int32Array.from({ length: time }, (_, position) => position) },
    labels: { shape: [texts.length], data: Int32Array.from(texts, ({ label }) => label) },
  };
}

function planOver(texts: readonly Text[]): BatchPlan {
  return {
    batch(step) {
      const random = seededRandom(SPEC.seed * 7919 + step);
      const drawn = Array.from({ length: 2 * MICRO_BATCH }, () => texts[random.integer(texts.length)]!);
      return {
        microBatches: [feedsOf(drawn.slice(0, MICRO_BATCH)), feedsOf(drawn.slice(MICRO_BATCH))],
        weight: drawn.length,
        tokens: drawn.reduce((sum, { ids }) => sum + ids.length, 0),
      };
    },
  };
}

async function evaluate(trainer: Trainer, texts: readonly Text[]): Promise<Evaluation> {
  const { labels: _, ...feeds } = feedsOf(texts);
  const [outputs] = await trainer.evaluate([feeds]);
  const { data } = outputs!['logits']!;
  let right = 0;
  let loss = 0;
  for (const [row, { label }] of texts.entries()) {
    const logits = [...data.subarray(row * CLASSES, (row + 1) * CLASSES)];
    const most = Math.max(...logits);
    if (logits.indexOf(most) === label) right++;
    loss += most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0)) - logits[label]!;
  }
  return { loss: loss / texts.length, quality: right / texts.length };
}

/** A trainer of that network on ONNX Runtime, with its first weights. */
export function openTinyTrainer(): Promise<OrtTrainer> {
  const { builder, loss } = encoderClassifier(ARCHITECTURE, {
    training: true,
    labelSmoothing: SPEC.labelSmoothing,
  });
  return openOrtTrainer({
    training: trainingGraph(builder, loss),
    evaluation: graphOf({ logits: encoderClassifier(ARCHITECTURE, { training: false }).logits }),
    parameters: initialParameters(builder, { seed: SPEC.seed, layers: ARCHITECTURE.layers }),
    optimizer: SPEC.optimizer,
    averageDecay: SPEC.averaging!.decay,
    threads: SPEC.threads,
    seed: SPEC.seed,
  });
}

/** All that training it in a folder needs; numbers depend on nothing but this file and the engine. */
export function tinyTraining(directory: string, trainer: Trainer): TrainRunOptions {
  const validation = textsOf(200, 2);
  return {
    directory,
    spec: SPEC,
    trainer,
    plan: planOver(textsOf(500, 1)),
    engineVersion: 'tiny encoder',
    resumeCommand: `node test/kill/train-tiny-encoder.ts ${directory}`,
    evaluate: () => evaluate(trainer, validation),
  };
}
