import type { Predictor } from './predictor.ts';

/**
 * A predictor whose inputs are redacted first, as the captured calls were that it learned from: it must not meet at work what it
 * never saw in training.
 */
export function redactingPredictor(predictor: Predictor, redact: (text: string) => string): Predictor {
  return {
    manifest: predictor.manifest,
    labels: predictor.labels,
    predict: (inputs, options) => predictor.predict(inputs.map(redact), options),
    close: () => predictor.close(),
  };
}
