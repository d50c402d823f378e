/** What the worker of an encoder is started with. */
export interface EncoderSetup {
  /** ONNX bytes, weights inside. */
  readonly graph: Uint8Array;
  readonly tokenizerJson: string;
  readonly contextLength: number;
  readonly classes: number;
}

export interface EncoderRequest {
  readonly id: number;
  readonly texts: readonly string[];
}

/** Of each text, in order: logits and calibrated probabilities [texts, classes]. */
export interface Answers {
  readonly logits: Float32Array;
  readonly probabilities: Float32Array;
}

export type EncoderResponse =
  | { readonly id: number; readonly answers: Answers }
  | { readonly id: number; readonly failure: { code: string; message: string } };
