import { KERNEL_BASE64 } from './kernel-bytes.ts';

/** The part of the WebAssembly API used here; Node's own types leave it to the browser's. */
interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => WebAssemblyMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: { env: { memory: WebAssemblyMemory } },
  ) => { exports: KernelExports };
};

interface KernelExports {
  fit(
    texts: number,
    starts: number,
    rows: number,
    values: number,
    targets: number,
    rates: number,
    weights: number,
    bias: number,
    groups: number,
    scratch: number,
  ): void;
  score(
    texts: number,
    starts: number,
    rows: number,
    values: number,
    weights: number,
    bias: number,
    groups: number,
    scores: number,
  ): void;
}

const PAGE_BYTES = 65536;
const GROUP = 4;
/** Texts staged at a time. */
export const STAGE_TEXTS = 256;

let compiled: object | undefined;

/** The least memory a kernel needs: rows and columns of its weights, and the entries of a stage. */
export interface KernelShape {
  rows: number;
  columns: number;
  stageEntries: number;
}

/** The WASM kernel with its memory: weights of some classes (columns) and a stage that texts are copied to. */
export class Kernel {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #exports: KernelExports;
  #groups = 1;
  #rows = 0;
  #offsets = layout({ rows: 0, columns: 1, stageEntries: 1 });
  /** Views of the memory; valid until the next `shape`. */
  weights!: Float32Array;
  bias!: Float32Array;
  starts!: Uint32Array;
  stageRows!: Uint32Array;
  stageValues!: Float32Array;
  targets!: Int32Array;
  rates!: Float32Array;
  scores!: Float32Array;

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
    this.#exports = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } }).exports;
  }

  /** Columns in memory, a multiple of four. */
  get stride(): number {
    return this.#groups * GROUP;
  }

  /** Makes room; weights keep their place only if rows and columns stay the same. */
  shape(shape: KernelShape): void {
    this.#groups = Math.ceil(shape.columns / GROUP);
    this.#rows = shape.rows;
    this.#offsets = layout(shape);
    const missing = this.#offsets.end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#makeViews(shape.stageEntries);
  }

  #makeViews(stageEntries: number): void {
    const { buffer } = this.#memory;
    const at = this.#offsets;
    this.weights = new Float32Array(buffer, at.weights, this.#rows * this.stride);
    this.bias = new Float32Array(buffer, at.bias, this.stride);
    this.starts = new Uint32Array(buffer, at.starts, STAGE_TEXTS + 1);
    this.stageRows = new Uint32Array(buffer, at.rows, stageEntries);
    this.stageValues = new Float32Array(buffer, at.values, stageEntries);
    this.targets = new Int32Array(buffer, at.targets, STAGE_TEXTS);
    this.rates = new Float32Array(buffer, at.rates, STAGE_TEXTS);
    this.scores = new Float32Array(buffer, at.scores, STAGE_TEXTS * this.stride);
  }

  /** Weights 0 and bias -1: no class but the right one has a loss at first. */
  reset(): void {
    this.weights.fill(0);
    this.bias.fill(-1);
  }

  /** One step for each of the first `texts` texts of the stage. */
  fit(texts: number): void {
    const at = this.#offsets;
    this.#exports.fit(
      texts,
      at.starts,
      at.rows,
      at.values,
      at.targets,
      at.rates,
      at.weights,
      at.bias,
      this.#groups,
      at.scratch,
    );
  }

  /** Fills `scores` (texts × stride) for the first `texts` texts of the stage. */
  score(texts: number): void {
    const at = this.#offsets;
    this.#exports.score(texts, at.starts, at.rows, at.values, at.weights, at.bias, this.#groups, at.scores);
  }
}

function layout({ rows, columns, stageEntries }: KernelShape) {
  const stride = Math.ceil(columns / GROUP) * GROUP;
  let end = 0;
  const place = (elements: number): number => {
    const at = end;
    end = Math.ceil((at + 4 * elements) / 64) * 64;
    return at;
  };
  const offsets = {
    bias: place(stride),
    scratch: place(stride + stride / GROUP),
    starts: place(STAGE_TEXTS + 1),
    targets: place(STAGE_TEXTS),
    rates: place(STAGE_TEXTS),
    scores: place(STAGE_TEXTS * stride),
    rows: place(stageEntries),
    values: place(stageEntries),
    weights: place(rows * stride),
  };
  return { ...offsets, end };
}
