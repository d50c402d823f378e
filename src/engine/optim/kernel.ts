import { KERNEL_BASE64 } from './kernel-bytes.ts';

/** The part of the WebAssembly API used here; Node's own types leave it to the browser's. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: SharedMemory } }) => { exports: OptimKernel };
};

const PAGE_BYTES = 65536;
const MOST_PAGES = 65536;
/** What one memory can hold. */
export const MOST_BYTES: number = PAGE_BYTES * MOST_PAGES;

/** Functions of `assembly/kernel.ts`; arrays are addresses in bytes, counts are multiples of four. */
export interface OptimKernel {
  sumOfSquares(x: number, count: number): number;
  adamw(
    parameters: number,
    gradients: number,
    firsts: number,
    seconds: number,
    count: number,
    scale: number,
    keep: number,
    stepSize: number,
    beta1: number,
    beta2: number,
    rootCorrection: number,
    epsilon: number,
  ): void;
  sgd(
    parameters: number,
    gradients: number,
    firsts: number,
    count: number,
    scale: number,
    keep: number,
    rate: number,
    momentum: number,
  ): void;
  moveAverage(average: number, x: number, count: number, share: number): void;
  addRows(table: number, width: number, indices: number, rows: number, count: number): void;
  dropout(to: number, count: number, key1: number, key2: number, threshold: number, value: number): void;
}

let compiled: object | undefined;

/** Memory for at least `bytes`, zeros, shared between threads. */
export function sharedMemory(bytes: number): SharedMemory {
  return new WebAssembly.Memory({
    initial: Math.max(1, Math.ceil(bytes / PAGE_BYTES)),
    maximum: MOST_PAGES,
    shared: true,
  });
}

/** Makes a memory at least so large. */
export function growTo(memory: SharedMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}

/** The kernel's functions over a memory. */
export function optimKernel(memory: SharedMemory): OptimKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports;
}
