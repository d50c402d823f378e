// One-vs-rest linear classifier: scores and plain SGD steps on sparse texts, four classes to a SIMD register.
// Plain multiply and add only (no relaxed or fused operations), so every machine gives the same bits.
//
// Weights are rows x (groups * 4) floats; the bias is one such row. A text is a run of (row, value) entries.
// Columns that stand for no class keep a bias of -1 and so never have a loss.

const GROUP_BYTES: usize = 16;

/** Adds value * weights[row] over a text's entries to eight groups of scores held in registers; the others do four, two, one. */
function score8(rows: usize, values: usize, end: usize, weights: usize, stride: usize, scores: usize): void {
  let s0 = v128.load(scores, 0);
  let s1 = v128.load(scores, 16);
  let s2 = v128.load(scores, 32);
  let s3 = v128.load(scores, 48);
  let s4 = v128.load(scores, 64);
  let s5 = v128.load(scores, 80);
  let s6 = v128.load(scores, 96);
  let s7 = v128.load(scores, 112);
  for (; rows < end; rows += 4, values += 4) {
    const w = weights + <usize>load<u32>(rows) * stride;
    const v = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(v, v128.load(w, 0)));
    s1 = f32x4.add(s1, f32x4.mul(v, v128.load(w, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v, v128.load(w, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v, v128.load(w, 48)));
    s4 = f32x4.add(s4, f32x4.mul(v, v128.load(w, 64)));
    s5 = f32x4.add(s5, f32x4.mul(v, v128.load(w, 80)));
    s6 = f32x4.add(s6, f32x4.mul(v, v128.load(w, 96)));
    s7 = f32x4.add(s7, f32x4.mul(v, v128.load(w, 112)));
  }
  v128.store(scores, s0, 0);
  v128.store(scores, s1, 16);
  v128.store(scores, s2, 32);
  v128.store(scores, s3, 48);
  v128.store(scores, s4, 64);
  v128.store(scores, s5, 80);
  v128.store(scores, s6, 96);
  v128.store(scores, s7, 112);
}

function score4(rows: usize, values: usize, end: usize, weights: usize, stride: usize, scores: usize): void {
  let s0 = v128.load(scores, 0);
  let s1 = v128.load(scores, 16);
  let s2 = v128.load(scores, 32);
  let s3 = v128.load(scores, 48);
  for (; rows < end; rows += 4, values += 4) {
    const w = weights + <usize>load<u32>(rows) * stride;
    const v = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(v, v128.load(w, 0)));
    s1 = f32x4.add(s1, f32x4.mul(v, v128.load(w, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v, v128.load(w, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v, v128.load(w, 48)));
  }
  v128.store(scores, s0, 0);
  v128.store(scores, s1, 16);
  v128.store(scores, s2, 32);
  v128.store(scores, s3, 48);
}

function score2(rows: usize, values: usize, end: usize, weights: usize, stride: usize, scores: usize): void {
  let s0 = v128.load(scores, 0);
  let s1 = v128.load(scores, 16);
  for (; rows < end; rows += 4, values += 4) {
    const w = weights + <usize>load<u32>(rows) * stride;
    const v = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(v, v128.load(w, 0)));
    s1 = f32x4.add(s1, f32x4.mul(v, v128.load(w, 16)));
  }
  v128.store(scores, s0, 0);
  v128.store(scores, s1, 16);
}

function score1(rows: usize, values: usize, end: usize, weights: usize, stride: usize, scores: usize): void {
  let s0 = v128.load(scores, 0);
  for (; rows < end; rows += 4, values += 4) {
    const w = weights + <usize>load<u32>(rows) * stride;
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(values), v128.load(w, 0)));
  }
  v128.store(scores, s0, 0);
}

/** scores = bias + sum over entries of value * weights[row]. */
function scoreText(
  rows: usize,
  values: usize,
  entries: u32,
  weights: usize,
  bias: usize,
  groups: u32,
  scores: usize,
): void {
  const stride = <usize>groups * GROUP_BYTES;
  memory.copy(scores, bias, stride);
  const end = rows + ((<usize>entries) << 2);
  let group: u32 = 0;
  let column: usize = 0;
  for (; group + 8 <= groups; group += 8, column += 128) {
    score8(rows, values, end, weights + column, stride, scores + column);
  }
  if (group + 4 <= groups) {
    score4(rows, values, end, weights + column, stride, scores + column);
    group += 4;
    column += 64;
  }
  if (group + 2 <= groups) {
    score2(rows, values, end, weights + column, stride, scores + column);
    group += 2;
    column += 32;
  }
  if (group < groups) score1(rows, values, end, weights + column, stride, scores + column);
}

/** Turns scores into steps, in place; lists the byte offsets of groups with a loss in `active` and returns their number. */
function steps(scores: usize, groups: u32, target: i32, rate: f32, active: usize): u32 {
  const targetScore = target >= 0 ? load<f32>(scores + ((<usize>target) << 2)) : 0;
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const negativeRate = f32x4.splat(-rate);
  for (let group: u32 = 0; group < groups; group++) {
    const at = scores + <usize>group * GROUP_BYTES;
    const margin = f32x4.max(zero, f32x4.add(one, v128.load(at)));
    v128.store(at, f32x4.mul(negativeRate, margin));
  }
  if (target >= 0) {
    store<f32>(scores + ((<usize>target) << 2), rate * max<f32>(0, 1 - targetScore));
  }
  let count: u32 = 0;
  for (let group: u32 = 0; group < groups; group++) {
    const offset = <usize>group * GROUP_BYTES;
    if (v128.any_true(f32x4.ne(v128.load(scores + offset), zero))) {
      store<u32>(active + ((<usize>count) << 2), <u32>offset);
      count++;
    }
  }
  return count;
}

/** weights[row] += value * step for every entry, in groups with a loss only. */
function update(
  rows: usize,
  values: usize,
  entries: u32,
  weights: usize,
  bias: usize,
  stride: usize,
  step: usize,
  active: usize,
  count: u32,
): void {
  const end = rows + ((<usize>entries) << 2);
  for (let i: u32 = 0; i < count; i++) {
    const offset = <usize>load<u32>(active + ((<usize>i) << 2));
    const delta = v128.load(step + offset);
    v128.store(bias + offset, f32x4.add(v128.load(bias + offset), delta));
    const base = weights + offset;
    let value = values;
    for (let row = rows; row < end; row += 4, value += 4) {
      const w = base + <usize>load<u32>(row) * stride;
      v128.store(w, f32x4.add(v128.load(w), f32x4.mul(v128.load32_splat(value), delta)));
    }
  }
}

/**
 * One SGD step of the squared hinge for each of `texts` texts in turn. `starts` holds texts + 1 entry numbers, `targets` the
 * column of each text's class (-1: none here), `rates` twice the learning rate of each step.
 */
export function fit(
  texts: u32,
  starts: usize,
  rows: usize,
  values: usize,
  targets: usize,
  rates: usize,
  weights: usize,
  bias: usize,
  groups: u32,
  scratch: usize,
): void {
  const stride = <usize>groups * GROUP_BYTES;
  const active = scratch + stride;
  for (let text: u32 = 0; text < texts; text++) {
    const start = load<u32>(starts + ((<usize>text) << 2));
    const entries = load<u32>(starts + ((<usize>text) << 2), 4) - start;
    const textRows = rows + ((<usize>start) << 2);
    const textValues = values + ((<usize>start) << 2);
    scoreText(textRows, textValues, entries, weights, bias, groups, scratch);
    const target = load<i32>(targets + ((<usize>text) << 2));
    const count = steps(scratch, groups, target, load<f32>(rates + ((<usize>text) << 2)), active);
    if (count > 0) update(textRows, textValues, entries, weights, bias, stride, scratch, active, count);
  }
}

/** Scores of `texts` texts, texts x (groups * 4) floats into `scores`. */
export function score(
  texts: u32,
  starts: usize,
  rows: usize,
  values: usize,
  weights: usize,
  bias: usize,
  groups: u32,
  scores: usize,
): void {
  const stride = <usize>groups * GROUP_BYTES;
  for (let text: u32 = 0; text < texts; text++) {
    const start = load<u32>(starts + ((<usize>text) << 2));
    const entries = load<u32>(starts + ((<usize>text) << 2), 4) - start;
    scoreText(
      rows + ((<usize>start) << 2),
      values + ((<usize>start) << 2),
      entries,
      weights,
      bias,
      groups,
      scores + <usize>text * stride,
    );
  }
}
