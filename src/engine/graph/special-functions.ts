const TERMS = 80;

/** Gauss error function to about 1e-15: its Taylor series near 0, a continued fraction of its complement beyond. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  return size < 2.5 ? erfByTaylor(x) : Math.sign(x) * (1 - erfcByFraction(size));
}

function erfByTaylor(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < TERMS; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** Abramowitz and Stegun 7.1.14. */
function erfcByFraction(x: number): number {
  let fraction = 0;
  for (let n = TERMS; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/** 1 / (1 + e⁻ˣ) without overflow. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}
