import { writeGraph } from '../../onnx/graph-writer.ts';
import type { Feeds, Tensor } from '../../training/trainer.ts';
import { checkedLengths, type FeedRules, runRules } from '../check-feeds.ts';
import { ownFeeds } from '../own-numbers.ts';
import type { Executable, RunOptions, Runtime } from '../runtime.ts';
import type { ModelCalls } from './model-worker.ts';
import { WorkerChannel } from './worker-channel.ts';

const DEFAULT_THREADS = 1;

/** Computes graphs on ONNX Runtime in float32, each in a worker thread of its own. */
export const ortRuntime: Runtime = {
  async open(graph, { weights = new Map<string, Tensor>(), threads = DEFAULT_THREADS } = {}) {
    const rules = runRules(graph, weights);
    const bytes = new Map([...weights].map(([name, { data }]) => [name, bytesOf(data)]));
    const model = writeGraph(graph, { weights: bytes });
    return openOrtModel({ model, rules, outputs: Object.keys(graph.outputs), threads });
  },
};

/** An ONNX model with what goes in and comes out. */
export interface OrtModel {
  /** The bytes, or a file. */
  readonly model: Uint8Array | string;
  readonly rules: FeedRules;
  readonly outputs: readonly string[];
  readonly threads: number;
}

/** Starts a worker that computes a model. */
export async function openOrtModel({ model, rules, outputs, threads }: OrtModel): Promise<Executable> {
  const channel = new WorkerChannel<ModelCalls>('model-worker', 'the worker that computes a network');
  try {
    await channel.ask('open', { model, threads });
  } catch (error) {
    await channel.terminate();
    throw error;
  }
  return new OrtExecutable(channel, rules, outputs);
}

class OrtExecutable implements Executable {
  readonly #channel: WorkerChannel<ModelCalls>;
  readonly #rules: FeedRules;
  readonly #outputs: readonly string[];

  constructor(channel: WorkerChannel<ModelCalls>, rules: FeedRules, outputs: readonly string[]) {
    this.#channel = channel;
    this.#rules = rules;
    this.#outputs = outputs;
  }

  // Async, so that what is thrown rejects.
  async run(feeds: Feeds, { signal }: RunOptions = {}): Promise<Record<string, Tensor>> {
    checkedLengths(this.#rules, feeds);
    const names = this.#rules.inputs.map(({ name }) => name);
    const request = { feeds: ownFeeds(feeds, names), outputs: this.#outputs };
    return this.#channel.ask('run', request, { signal });
  }

  async close(): Promise<void> {
    await this.#channel.ask('close', null).catch(() => null);
    await this.#channel.terminate();
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Tensor['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
