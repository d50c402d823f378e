/** A curve drawn with characters. */
export interface CurveOptions {
  readonly columns: number;
  readonly rows: number;
  /** Braille patterns have 2 × 4 dots to a character; ASCII has one. */
  readonly characters: 'braille' | 'ascii';
}

const BRAILLE = 0x2800;
/** The bit of each dot of a braille character, by row and column (Unicode, Braille Patterns). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** A grid of dots that lines are made of. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #options: CurveOptions;
  readonly #dots: Uint8Array;

  constructor(options: CurveOptions) {
    const fine = options.characters === 'braille';
    this.#options = options;
    this.width = options.columns * (fine ? 2 : 1);
    this.height = options.rows * (fine ? 4 : 1);
    this.#dots = new Uint8Array(this.width * this.height);
  }

  /** Dots of one column from one height to another, 0 at the bottom. */
  column(x: number, from: number, to: number): void {
    for (let y = Math.min(from, to); y <= Math.max(from, to); y++)
      this.#dots[(this.height - 1 - y) * this.width + x] = 1;
  }

  lines(): string[] {
    const { rows, columns, characters } = this.#options;
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) =>
        characters === 'braille'
          ? this.#braille(row, column)
          : this.#dots[row * columns + column] === 1
            ? '*'
            : ' ',
      )
        .join('')
        .trimEnd(),
    );
  }

  #braille(row: number, column: number): string {
    let bits = 0;
    for (const [y, pair] of DOTS.entries())
      for (const [x, bit] of pair.entries())
        if (this.#dots[(row * 4 + y) * this.width + column * 2 + x] === 1) bits |= bit;
    return bits === 0 ? ' ' : String.fromCharCode(BRAILLE + bits);
  }
}

/** Values over a stretch of `total`, in order, as lines of text from top to bottom, with the least and the largest drawn. */
export function drawCurve(
  values: readonly number[],
  total: number,
  options: CurveOptions,
): { lines: string[]; least: number; most: number } {
  const canvas = new Canvas(options);
  const points = bucketMeans(
    values,
    Math.max(1, Math.round((canvas.width * values.length) / total)),
    canvas.width,
  );
  const least = points.reduce((a, b) => Math.min(a, b), Infinity);
  const most = points.reduce((a, b) => Math.max(a, b), -Infinity);
  const heightOf = (value: number): number =>
    most === least ? 0 : Math.round(((value - least) / (most - least)) * (canvas.height - 1));
  for (const [index, value] of points.entries()) {
    const height = heightOf(value);
    const before = index === 0 ? height : heightOf(points[index - 1]!);
    const step = Math.sign(height - before);
    canvas.column(index, Math.abs(height - before) > 1 ? before + step : height, height);
  }
  return { lines: canvas.lines(), least, most };
}

/** The means of equal stretches; as many as there are values, if there are fewer. */
function bucketMeans(values: readonly number[], count: number, most: number): number[] {
  const buckets = Math.min(count, most, values.length);
  return Array.from({ length: buckets }, (_, index) => {
    const from = Math.floor((index * values.length) / buckets);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((index + 1) * values.length) / buckets)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
