import { readFile } from 'node:fs/promises';
import { learningRateAt } from '../../src/engine/optim/schedule.ts';
import { openOrtTrainer } from '../../src/engine/runtime/ort/ort-trainer.ts';
import { encoderTrainerSetup } from '../../src/model/encoder/encoder-training.ts';
import { BucketedBatches, type TokenisedTexts } from '../../src/rung/encoder/bucketed-batches.ts';
import { evaluationOf, logitsOf } from '../../src/rung/encoder/judge.ts';
import { type EncoderResult, type EncoderTask, encoderTaskSchema } from './encoder-task.ts';

// `node bench/encoder/ours.ts TASK.json` prints one line: {"seconds", "accuracy", "loss"}.

function textsOf({ tokens, targets }: EncoderTask['train']): TokenisedTexts {
  return {
    tokens: tokens.map((ids) => Int32Array.from(ids)),
    targets: Int32Array.from(targets),
    weights: new Float32Array(targets.length).fill(1),
  };
}

async function train(task: EncoderTask): Promise<EncoderResult> {
  const [learned, judged] = [textsOf(task.train), textsOf(task.validation)];
  const started = performance.now();
  const { architecture, batch, steps, seed, weightDecay, hiddenShare } = task;
  const optimizer = {
    kind: 'adamw',
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    weightDecay,
    clipNorm: 1,
  } as const;
  const trainer = await openOrtTrainer(encoderTrainerSetup(architecture, { ...task, optimizer }));
  const plan = new BucketedBatches(learned, { batch, microBatchTokens: 8192, hiddenShare, seed });
  const schedule = {
    kind: 'cosine',
    peakLearningRate: task.peakLearningRate,
    warmupSteps: Math.round(0.06 * steps),
    steps,
    finalShare: 0.02,
  } as const;
  let loss = NaN;
  for (let step = 0; step < steps; step++) {
    const { microBatches, weight } = plan.batch(step);
    const learningRate = learningRateAt(schedule, step);
    loss = (await trainer.step({ step, microBatches, weight, learningRate })).loss;
  }
  const { classes } = architecture;
  const logits = await logitsOf(trainer, judged, { classes, signal: new AbortController().signal });
  const { quality } = evaluationOf(logits, judged.targets, { classes, metric: 'accuracy' });
  const seconds = (performance.now() - started) / 1000;
  await trainer.close();
  return { seconds, accuracy: quality!, loss };
}

const task = encoderTaskSchema.parse(JSON.parse(await readFile(process.argv[2]!, 'utf8')));
process.stdout.write(`${JSON.stringify(await train(task))}\n`);
