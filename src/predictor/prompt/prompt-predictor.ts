import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { CandidateManifest } from '../../schema/candidate-manifest.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { PredictOptions, Prediction, Predictor, PredictorLoader } from '../predictor.ts';
import { answerCalibration, type AnswerCalibration } from './answer-calibration.ts';
import { askLabel, type Asker, type LabelAnswer } from './ask-label.ts';
import { nearestExamples } from './nearest-examples.ts';
import { labelParser } from './parse-label.ts';
import { readPrompt, readShownExamples, type Prompt } from './prompt-file.ts';

/**
 * Loads a candidate of kind `prompt` or `few-shot`. Throws `upstream/unknown` or `model/other-upstream-model` when the
 * config no longer has the model it was tuned with.
 */
export const loadPromptPredictor: PredictorLoader = async (directory, manifest, { upstreams }) => {
  const prompt = await readPrompt(directory);
  const upstream = upstreams.get(prompt.upstream);
  if (upstream.modelId !== prompt.model) throw otherModel(directory, prompt, upstream);
  const nearest = prompt.shots === null ? null : nearestExamples(await readShownExamples(directory));
  const calibration =
    prompt.outcomes === null ? null : answerCalibration(prompt.outcomes, manifest.labels.length);
  return new PromptPredictor(
    manifest,
    { upstream, prompt, parse: labelParser(manifest.labels), nearest },
    calibration,
  );
};

class PromptPredictor implements Predictor {
  readonly manifest: CandidateManifest;
  readonly labels: readonly string[];
  readonly #asker: Asker;
  readonly #calibration: AnswerCalibration | null;

  constructor(manifest: CandidateManifest, asker: Asker, calibration: AnswerCalibration | null) {
    this.manifest = manifest;
    this.labels = manifest.labels;
    this.#asker = asker;
    this.#calibration = calibration;
  }

  /** As many calls at a time as the upstream makes. */
  async predict(inputs: readonly string[], options: PredictOptions = {}): Promise<Prediction[]> {
    const predictions: Prediction[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < inputs.length) {
        const row = next++;
        predictions[row] = this.#prediction(await askLabel(this.#asker, inputs[row]!, options));
      }
    };
    const workers = Math.min(this.#asker.upstream.concurrency, inputs.length);
    await Promise.all(Array.from({ length: workers }, work));
    return predictions;
  }

  #prediction(answer: LabelAnswer): Prediction {
    if (answer.kind === 'failed') {
      return { label: null, probabilities: null, failure: answer.error.message, costUsd: null };
    }
    const { costUsd } = answer;
    if (answer.kind === 'unusable') {
      return { label: null, probabilities: null, failure: unusableAnswer(answer.answer), costUsd };
    }
    const probabilities = this.#calibration?.(answer.label) ?? null;
    return { label: this.labels[answer.label]!, probabilities, costUsd };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function unusableAnswer(answer: string): string {
  if (answer.trim() === '') return 'the upstream answered nothing';
  const text = answer.length > 80 ? `${answer.slice(0, 80).toWellFormed()}…` : answer;
  return `the upstream answered ${JSON.stringify(text)}, which names no label or several`;
}

function otherModel(directory: string, prompt: Prompt, upstream: Upstream): HomegrownError {
  return new HomegrownError({
    code: 'model/other-upstream-model',
    message: `upstream "${prompt.upstream}" is now another model, so what was measured does not hold`,
    where: directory,
    expected: prompt.model,
    found: upstream.modelId,
    hint: `Run \`homegrown climb\` again, or set upstreams.${prompt.upstream}.model back to ${JSON.stringify(prompt.model)}.`,
  });
}
