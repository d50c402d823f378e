/** The standard normal quantile (Wichura 1988, AS 241, PPND7: seven digits) for 0 < p < 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const tail = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  return q < 0 ? -upperTail(tail) : upperTail(tail);
}

function upperTail(tail: number): number {
  if (tail <= 5) {
    const r = tail - 1.6;
    return (
      (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) /
      ((0.12021132975 * r + 0.7370016425) * r + 1)
    );
  }
  const r = tail - 5;
  return (
    (((0.017337203997 * r + 0.42868294337) * r + 3.081226386) * r + 6.657905115) /
    ((0.012258202635 * r + 0.24197894225) * r + 1)
  );
}

/** Student's t quantile for .5 < p < 1 and real degrees of freedom ≥ 1 (Hill 1970, CACM algorithm 396). */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  const n = Math.max(1, degreesOfFreedom);
  const twoTailed = 2 * (1 - p);
  if (n === 1) return Math.cos((twoTailed * Math.PI) / 2) / Math.sin((twoTailed * Math.PI) / 2);
  const a = 1 / (n - 0.5);
  const b = 48 / (a * a);
  let c = (((20700 * a) / b - 98) * a - 16) * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * n;
  let y = (d * twoTailed) ** (2 / n);
  if (y <= 0.05 + a) {
    const scale = ((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3;
    return Math.sqrt(n * (((1 / scale + 0.5 / (n + 4)) * y - 1) * ((n + 1) / (n + 2)) + 1 / y));
  }
  const x = -normalQuantile(p);
  if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6);
  c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b;
  y = x * x;
  y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
  return Math.sqrt(n * Math.expm1(a * y * y));
}
