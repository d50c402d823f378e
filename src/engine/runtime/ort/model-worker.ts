import type { Feeds, Tensor } from '../../training/trainer.ts';
import { bound, OrtSession } from './ort-session.ts';
import { serveWorker } from './serve-worker.ts';

/** What a worker that computes one graph can be asked. */
export interface ModelCalls {
  open: { request: { model: Uint8Array | string; threads: number }; response: null };
  run: {
    request: { feeds: Feeds; outputs: readonly string[] };
    response: Record<string, Tensor>;
  };
  close: { request: null; response: null };
}

let session: OrtSession | undefined;

serveWorker<ModelCalls>({
  async open({ model, threads }) {
    session = await OrtSession.open(model, { threads });
    return null;
  },
  async run({ feeds, outputs }) {
    const bindings = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, bound(tensor)]));
    const results = await session!.run(bindings, outputs);
    const tensors = Object.entries(results).map(([name, { dims, data }]) => {
      const numbers = data instanceof Float32Array ? data : Int32Array.from(data as Int32Array | Uint8Array);
      return [name, { shape: dims, data: numbers }] as const;
    });
    return Object.fromEntries(tensors);
  },
  async close() {
    await session?.close();
    return null;
  },
});
