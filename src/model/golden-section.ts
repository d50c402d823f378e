const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The least value of a function with one valley (Kiefer 1953). */
export function goldenSection(
  valueAt: (x: number) => number,
  { low, high, tolerance }: { low: number; high: number; tolerance: number },
): { at: number; value: number } {
  let [from, to] = [low, high];
  let left = { at: to - GOLDEN * (to - from), value: 0 };
  let right = { at: from + GOLDEN * (to - from), value: 0 };
  left.value = valueAt(left.at);
  right.value = valueAt(right.at);
  while (to - from > tolerance) {
    if (left.value <= right.value) {
      to = right.at;
      right = left;
      const at = to - GOLDEN * (to - from);
      left = { at, value: valueAt(at) };
    } else {
      from = left.at;
      left = right;
      const at = from + GOLDEN * (to - from);
      right = { at, value: valueAt(at) };
    }
  }
  return left.value <= right.value ? left : right;
}
