/** The chance that a standard normal variable exceeds z, to seven digits of the value (Numerical Recipes' Chebyshev fit of erfc). */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  let sum = 0;
  for (let index = COEFFICIENTS.length - 1; index >= 0; index--) sum = sum * t + COEFFICIENTS[index]!;
  const tail = 0.5 * t * Math.exp(-x * x + sum);
  return z >= 0 ? tail : 1 - tail;
}

const COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];
