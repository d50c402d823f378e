interface TransformerShape {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width inside the feed-forward part. */
  readonly inner: number;
  readonly gelu: 'tanh' | 'erf';
}

/** Pre-norm, causal, the last product with the token embedding. */
export interface GptArchitecture extends TransformerShape {
  readonly kind: 'gpt';
}

/** Pre-norm, padding masked, a linear classifier over the mean of the last hidden states. */
export interface EncoderArchitecture extends TransformerShape {
  readonly kind: 'encoder';
  readonly classes: number;
  readonly labelSmoothing: number;
}

export type Architecture = GptArchitecture | EncoderArchitecture;
export type ParameterShapes = Record<string, readonly number[]>;

/** Names and shapes of all parameters as they are exchanged: weights of linear layers are [in, out]. */
export function parameterShapes(architecture: Architecture): ParameterShapes {
  const { vocabulary, positions, width, layers } = architecture;
  const shapes: ParameterShapes = {
    token_embedding: [vocabulary, width],
    position_embedding: [positions, width],
  };
  for (let layer = 0; layer < layers; layer++) Object.assign(shapes, layerShapes(layer, architecture));
  Object.assign(shapes, norm('final_norm', width));
  if (architecture.kind === 'encoder') Object.assign(shapes, linear('head', width, architecture.classes));
  return shapes;
}

/** How many numbers are trained. */
export function parameterCount(architecture: Architecture): number {
  return Object.values(parameterShapes(architecture)).reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** Matrices of linear layers; embeddings, norms and biases do not decay. */
export function decayedParameters(architecture: Architecture): string[] {
  return Object.entries(parameterShapes(architecture))
    .filter(([name, shape]) => shape.length === 2 && name.endsWith('.weight'))
    .map(([name]) => name);
}

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function layerShapes(layer: number, { width, inner }: Architecture): ParameterShapes {
  const prefix = `layers.${layer}`;
  return {
    ...norm(`${prefix}.attention_norm`, width),
    ...linear(`${prefix}.attention.query`, width, width),
    ...linear(`${prefix}.attention.key`, width, width),
    ...linear(`${prefix}.attention.value`, width, width),
    ...linear(`${prefix}.attention.output`, width, width),
    ...norm(`${prefix}.feed_forward_norm`, width),
    ...linear(`${prefix}.feed_forward.up`, width, inner),
    ...linear(`${prefix}.feed_forward.down`, inner, width),
  };
}

function norm(name: string, width: number): ParameterShapes {
  return { [`${name}.weight`]: [width], [`${name}.bias`]: [width] };
}

function linear(name: string, from: number, to: number): ParameterShapes {
  return { [`${name}.weight`]: [from, to], [`${name}.bias`]: [to] };
}
