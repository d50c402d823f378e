import { HomegrownError } from '../../errors/homegrown-error.ts';
import { elementCount } from '../graph/tensor-type.ts';
import type { OptimizerSettings, ParameterGroup } from './optimizer-settings.ts';
import { growTo, MOST_BYTES, type SharedMemory, sharedMemory } from './kernel.ts';

/** A parameter as its optimizer sees it. */
export interface ParameterSpec extends ParameterGroup {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Arrays that exist once for every parameter. */
export type Region = 'parameter' | 'gradient' | 'first-moment' | 'second-moment' | 'average';

/** Which arrays an optimizer needs. */
export function regionsOf(optimizer: OptimizerSettings, averaged: boolean): readonly Region[] {
  const moments: Region[] = optimizer.kind === 'adamw' ? ['first-moment', 'second-moment'] : ['first-moment'];
  return ['parameter', 'gradient', ...moments, ...(averaged ? (['average'] as const) : [])];
}

const LINE_BYTES = 64;

function aligned(bytes: number): number {
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
}

/** Bytes of all regions of parameters, from their shapes. Throws `engine/too-large` where one memory cannot hold them. */
export function parameterBytes(
  parameters: readonly Pick<ParameterSpec, 'shape'>[],
  regions: readonly Region[],
): number {
  const one = parameters.reduce((bytes, { shape }) => bytes + aligned(4 * elementCount(shape)), 0);
  const all = LINE_BYTES + one * regions.length;
  if (all > MOST_BYTES) throw tooLarge(all);
  return all;
}

/** Parameters with their gradients and moments in one shared memory, each array starting on a cache line; room for more behind them. */
export class ParameterMemory {
  readonly memory: SharedMemory;
  readonly parameters: readonly ParameterSpec[];
  readonly regions: readonly Region[];
  readonly #offsets = new Map<string, number>();
  readonly #regionBytes: number;
  readonly #end: number;
  #scratchEnd: number;

  constructor(parameters: readonly ParameterSpec[], regions: readonly Region[]) {
    this.parameters = parameters;
    this.regions = regions;
    let end = LINE_BYTES;
    for (const { name, shape } of parameters) {
      this.#offsets.set(name, end);
      end += aligned(4 * elementCount(shape));
    }
    this.#regionBytes = end - LINE_BYTES;
    this.#end = parameterBytes(parameters, regions);
    this.#scratchEnd = this.#end;
    this.memory = sharedMemory(this.#end);
  }

  /** Bytes from the start of a parameter to the start of the next; a multiple of 64, padded with zeros. */
  paddedBytes(name: string): number {
    const spec = this.parameters.find((parameter) => parameter.name === name)!;
    return aligned(4 * elementCount(spec.shape));
  }

  address(region: Region, name: string): number {
    return this.#offsets.get(name)! + this.regions.indexOf(region) * this.#regionBytes;
  }

  /** The start of a region, and how many numbers with padding it has. */
  span(region: Region): { address: number; count: number } {
    return {
      address: LINE_BYTES + this.regions.indexOf(region) * this.#regionBytes,
      count: this.#regionBytes / 4,
    };
  }

  view(region: Region, { name, shape }: Pick<ParameterSpec, 'name' | 'shape'>): Float32Array {
    return new Float32Array(this.memory.buffer, this.address(region, name), elementCount(shape));
  }

  /** Room for some numbers behind the parameters, until `freeScratch`. */
  scratch(count: number): number {
    const address = this.#scratchEnd;
    this.#scratchEnd = address + aligned(4 * count);
    if (this.#scratchEnd > MOST_BYTES) throw tooLarge(this.#scratchEnd);
    growTo(this.memory, this.#scratchEnd);
    return address;
  }

  freeScratch(): void {
    this.#scratchEnd = this.#end;
  }
}

function tooLarge(bytes: number): HomegrownError {
  return new HomegrownError({
    code: 'engine/too-large',
    message: 'the parameters with their gradients and moments do not fit into the memory of one trainer',
    expected: `at most ${MOST_BYTES} bytes`,
    found: `${bytes} bytes`,
    hint: 'Use a smaller network, or the torch engine.',
  });
}
