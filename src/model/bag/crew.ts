import {
  localCrew as anyLocalCrew,
  threadCrew as anyThreadCrew,
  type Crew as AnyCrew,
} from '../../util/crew.ts';
import { Kernel } from './kernel.ts';
import { Workbench, type BenchRequests } from './workbench.ts';

/** Workbenches for bags: threads, or one in this process. */
export type Crew = AnyCrew<BenchRequests>;

const idleKernels: Kernel[] = [];

/** One member in this process, for little work. */
export function localCrew(signal?: AbortSignal): Crew {
  const kernel = idleKernels.pop() ?? new Kernel();
  const crew = anyLocalCrew<BenchRequests>(new Workbench(kernel), signal);
  let open = true;
  return {
    ...crew,
    async close() {
      if (open) idleKernels.push(kernel);
      open = false;
      await crew.close();
    },
  };
}

/** `size` threads. */
export function threadCrew(size: number, signal?: AbortSignal): Crew {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return anyThreadCrew<BenchRequests>({
    worker: new URL(`./bag-worker.${extension}`, import.meta.url),
    size,
    signal,
    // Threads hold arrays, not objects: without a bound their garbage gathers in tens of megabytes.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
}
