// Updates of parameters, sums of squares, row sums and dropout masks over flat float32 arrays, four numbers to a SIMD register.
// Plain multiply, add and divide only (no relaxed or fused operations), so every machine gives the same bits.
// Addresses are multiples of 16 and arrays are padded with zeros to a multiple of four numbers.

/** Sum of squares in float64. */
export function sumOfSquares(x: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + (count << 2);
  for (; x < end; x += 16) {
    const v = v128.load(x);
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const total = f64x2.add(low, high);
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** AdamW (arXiv 1711.05101) with gradients multiplied by `scale`; leaves the gradients at zero. */
export function adamw(
  parameters: usize,
  gradients: usize,
  firsts: usize,
  seconds: usize,
  count: usize,
  scale: f32,
  keep: f32,
  stepSize: f32,
  beta1: f32,
  beta2: f32,
  rootCorrection: f32,
  epsilon: f32,
): void {
  const s = f32x4.splat(scale);
  const k = f32x4.splat(keep);
  const rate = f32x4.splat(stepSize);
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const c1 = f32x4.splat(1 - beta1);
  const c2 = f32x4.splat(1 - beta2);
  const root = f32x4.splat(rootCorrection);
  const tiny = f32x4.splat(epsilon);
  const zero = f32x4.splat(0);
  const end = parameters + (count << 2);
  for (; parameters < end; parameters += 16, gradients += 16, firsts += 16, seconds += 16) {
    const g = f32x4.mul(v128.load(gradients), s);
    v128.store(gradients, zero);
    const m = f32x4.add(f32x4.mul(v128.load(firsts), b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(v128.load(seconds), b2), f32x4.mul(f32x4.mul(g, g), c2));
    v128.store(firsts, m);
    v128.store(seconds, v);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v), root), tiny);
    const change = f32x4.mul(rate, f32x4.div(m, denominator));
    v128.store(parameters, f32x4.sub(f32x4.mul(v128.load(parameters), k), change));
  }
}

/** Gradient descent with momentum, decayed like AdamW; leaves the gradients at zero. */
export function sgd(
  parameters: usize,
  gradients: usize,
  firsts: usize,
  count: usize,
  scale: f32,
  keep: f32,
  rate: f32,
  momentum: f32,
): void {
  const s = f32x4.splat(scale);
  const k = f32x4.splat(keep);
  const r = f32x4.splat(rate);
  const mu = f32x4.splat(momentum);
  const zero = f32x4.splat(0);
  const end = parameters + (count << 2);
  for (; parameters < end; parameters += 16, gradients += 16, firsts += 16) {
    const g = f32x4.mul(v128.load(gradients), s);
    v128.store(gradients, zero);
    const m = f32x4.add(f32x4.mul(v128.load(firsts), mu), g);
    v128.store(firsts, m);
    v128.store(parameters, f32x4.sub(f32x4.mul(v128.load(parameters), k), f32x4.mul(r, m)));
  }
}

/** average += (x - average) * share. */
export function moveAverage(average: usize, x: usize, count: usize, share: f32): void {
  const s = f32x4.splat(share);
  const end = average + (count << 2);
  for (; average < end; average += 16, x += 16) {
    const a = v128.load(average);
    v128.store(average, f32x4.add(a, f32x4.mul(f32x4.sub(v128.load(x), a), s)));
  }
}

/** Adds rows of `width` numbers to the rows of a table that int32 indices name, in their order. */
export function addRows(table: usize, width: usize, indices: usize, rows: usize, count: usize): void {
  const bytes = width << 2;
  const vectorEnd = bytes & ~15;
  for (let i: usize = 0; i < count; i++, rows += bytes) {
    const to = table + <usize>load<i32>(indices + (i << 2)) * bytes;
    let at: usize = 0;
    for (; at < vectorEnd; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(rows + at)));
    for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(rows + at));
  }
}

/** Fills with 0 (where a hash of the position and two keys is below `threshold`) or `value`. The hash is lowbias32 (Wellons 2018). */
export function dropout(to: usize, count: usize, key1: u32, key2: u32, threshold: u32, value: f32): void {
  const keys = i32x4.splat(key2);
  const limit = i32x4.splat(threshold);
  const kept = f32x4.splat(value);
  const m1 = i32x4.splat(0x7feb352d);
  const m2 = i32x4.splat(0x846ca68b);
  const four = i32x4.splat(4);
  let position = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(key1));
  const end = to + (count << 2);
  for (; to < end; to += 16) {
    let x = v128.xor(position, keys);
    x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), m1);
    x = v128.xor(i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), m2), keys);
    x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), m1);
    x = v128.xor(x, i32x4.shr_u(x, 15));
    v128.store(to, v128.and(i32x4.ge_u(x, limit), kept));
    position = i32x4.add(position, four);
  }
}
