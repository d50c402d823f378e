import { HomegrownError } from '../../../errors/homegrown-error.ts';
import type { Graph } from '../../graph/graph.ts';
import type { NdArray } from '../../graph/nd-array.ts';
import type { ElementType } from '../../graph/tensor-type.ts';
import type { Feeds, Tensor } from '../../training/trainer.ts';
import { checkedLengths, type FeedRules, runRules } from '../check-feeds.ts';
import type { Executable, OpenOptions, RunOptions, Runtime } from '../runtime.ts';
import { evaluateGraph } from './evaluate-graph.ts';

/** Computes by the definitions of operators in float64, on the caller's thread: slow and right. */
export const referenceRuntime: Runtime = {
  // Async, so that what is thrown rejects.
  open: async (graph, options = {}) => new ReferenceExecutable(graph, options),
};

class ReferenceExecutable implements Executable {
  readonly #graph: Graph;
  readonly #weights: Feeds;
  readonly #rules: FeedRules;
  #closed = false;

  constructor(graph: Graph, { weights = new Map<string, Tensor>() }: OpenOptions) {
    this.#graph = graph;
    this.#weights = Object.fromEntries(weights);
    this.#rules = runRules(graph, weights);
  }

  async run(feeds: Feeds, { signal }: RunOptions = {}): Promise<Record<string, Tensor>> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed();
    checkedLengths(this.#rules, feeds);
    const results = evaluateGraph(this.#graph, { ...feeds, ...this.#weights });
    const outputs = Object.entries(results).map(
      ([name, array]) => [name, tensorOf(array, this.#graph.outputs[name]!.type)] as const,
    );
    return Object.fromEntries(outputs);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

function tensorOf({ shape, data }: NdArray, type: ElementType): Tensor {
  return { shape, data: type === 'float32' ? Float32Array.from(data) : Int32Array.from(data) };
}

function closed(): HomegrownError {
  return new HomegrownError({
    code: 'engine/worker-failed',
    message: 'a network was asked after it was closed',
    hint: 'Open it again.',
  });
}
