/** How gradients become updates. */
export type OptimizerSettings =
  | {
      readonly kind: 'adamw';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
      /** Largest Euclidean norm of the gradient of all parameters together; null: none. */
      readonly clipNorm: number | null;
    }
  | {
      readonly kind: 'sgd';
      readonly momentum: number;
      readonly weightDecay: number;
      readonly clipNorm: number | null;
    };

/** What sets some parameters apart from the others. */
export interface ParameterGroup {
  /** Multiplies the learning rate. */
  readonly learningRateScale: number;
  /** Whether `weightDecay` applies: usually to matrices, not to embeddings, biases and norms. */
  readonly decayed: boolean;
}
