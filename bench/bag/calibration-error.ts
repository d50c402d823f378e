const BINS = 15;

/** Expected calibration error: mean gap between top probability and accuracy over 15 bins of equal mass. */
export function calibrationError(topProbabilities: readonly number[], correct: readonly boolean[]): number {
  const order = topProbabilities
    .map((_, index) => index)
    .toSorted((a, b) => topProbabilities[a]! - topProbabilities[b]!);
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const members = order.slice(
      Math.floor((bin * order.length) / BINS),
      Math.floor(((bin + 1) * order.length) / BINS),
    );
    const gap = members.reduce((sum, index) => sum + topProbabilities[index]! - Number(correct[index]), 0);
    error += Math.abs(gap) / order.length;
  }
  return error;
}
