/** Predictions beside what was expected: all that the statistics need. */
export interface ScoredPredictions {
  readonly labels: readonly string[];
  /** Index into `labels`, one per row. */
  readonly expected: Int32Array;
  /** Index into `labels`, or -1 for an unusable answer, which counts as wrong. */
  readonly predicted: Int32Array;
  /** Rows × labels, row-major; null when the candidate gives none. Rows with an unusable answer hold zeros. */
  readonly probabilities: Float32Array | null;
  /** Group of each row as a dense index from 0. Repeats of a cross-validation are further rows of the same group. */
  readonly group: Int32Array;
  /** Row's example as a dense index from 0: repeats of one example share it. Comparisons pair by it. */
  readonly example: Int32Array;
}
