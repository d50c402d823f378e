import { join } from 'node:path';
import { z } from 'zod';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { CandidateManifest } from '../../schema/candidate-manifest.ts';
import type { PredictOptions, Prediction, Predictor, PredictorLoader } from '../predictor.ts';

/** `settings` of a blend: the folders of its parts, inside its own, and their shares (summing to 1). */
export const blendSettingsSchema = z.strictObject({
  parts: z
    .array(z.strictObject({ candidate: z.string(), directory: z.string(), share: z.number().min(0).max(1) }))
    .length(2),
});

/** Loads a blend: the weighted mean of the calibrated probabilities of its parts. */
export const loadBlendPredictor: PredictorLoader = async (directory, manifest, environment) => {
  const settings = blendSettingsSchema.safeParse(manifest.settings);
  if (!settings.success) throw badSettings(directory, settings.error.issues[0]!.message);
  const parts: BlendPart[] = [];
  for (const { directory: folder, share } of settings.data.parts) {
    const predictor = await environment.load(join(directory, folder));
    if (predictor.labels.join('\0') !== manifest.labels.join('\0'))
      throw badSettings(directory, `other labels in ${folder}`);
    parts.push({ predictor, share });
  }
  return new BlendPredictor(manifest, parts);
};

interface BlendPart {
  predictor: Predictor;
  share: number;
}

class BlendPredictor implements Predictor {
  readonly manifest: CandidateManifest;
  readonly labels: readonly string[];
  readonly #parts: readonly BlendPart[];

  constructor(manifest: CandidateManifest, parts: readonly BlendPart[]) {
    this.manifest = manifest;
    this.labels = manifest.labels;
    this.#parts = parts;
  }

  async predict(inputs: readonly string[], options?: PredictOptions): Promise<Prediction[]> {
    const answers = await Promise.all(this.#parts.map(({ predictor }) => predictor.predict(inputs, options)));
    return inputs.map((_, row) => this.#blend(answers.map((answer) => answer[row]!)));
  }

  /** A part without a usable answer leaves the decision to the other. */
  #blend(answers: readonly Prediction[]): Prediction {
    const probabilities = new Float32Array(this.labels.length);
    let total = 0;
    for (const [index, answer] of answers.entries()) {
      if (answer.probabilities === null) continue;
      const { share } = this.#parts[index]!;
      total += share;
      for (let label = 0; label < probabilities.length; label++)
        probabilities[label]! += share * answer.probabilities[label]!;
    }
    const cost = totalCost(answers);
    if (total === 0)
      return {
        label: null,
        probabilities: null,
        failure: answers.find((a) => a.failure)?.failure ?? 'no part answered',
        ...cost,
      };
    for (let label = 0; label < probabilities.length; label++) probabilities[label]! /= total;
    return { label: this.labels[indexOfLargest(probabilities)]!, probabilities, ...cost };
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map(({ predictor }) => predictor.close()));
  }
}

/** The parts' costs added up: absent when no part calls an upstream, null when one is unknown. */
function totalCost(answers: readonly Prediction[]): { costUsd?: number | null } {
  const costs = answers.map((answer) => answer.costUsd).filter((cost) => cost !== undefined);
  if (costs.length === 0) return {};
  return { costUsd: costs.includes(null) ? null : costs.reduce<number>((sum, cost) => sum + cost!, 0) };
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function badSettings(directory: string, found: string): HomegrownError {
  return new HomegrownError({
    code: 'model/bad-settings',
    message: 'these settings do not make a blend',
    where: directory,
    expected: 'two parts with the same labels',
    found,
    hint: 'Build it again with `homegrown climb --fresh`.',
  });
}
