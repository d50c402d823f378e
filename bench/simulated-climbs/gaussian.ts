import type { Random } from '../../src/util/random.ts';

/** A standard normal draw (Box & Muller 1958; the second of each pair is thrown away to keep no state). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** The standard normal distribution function, absolute error under 2e-7 (Abramowitz & Stegun 7.1.26 is coarser; this is Hart's as in West 2005, short form). */
export function normalDistribution(x: number): number {
  const z = Math.abs(x);
  const tail = z > 37 ? 0 : upperTail(z);
  return x > 0 ? 1 - tail : tail;
}

function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2);
  if (z >= 7.07106781186547) {
    return density / ((z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) * 2.506628274631);
  }
  const top = [
    3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
    221.213596169931, 220.206867912376,
  ];
  const bottom = [
    8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
    637.333633378831, 793.826512519948, 440.413735824752,
  ];
  const evaluate = (coefficients: readonly number[]): number =>
    coefficients.reduce((sum, coefficient) => sum * z + coefficient, 0);
  return (density * evaluate(top)) / evaluate(bottom);
}
