import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import { UNREADABLE_OUTPUT } from '../../onnx/graph-writer.ts';
import type { Tensor } from '../../training/trainer.ts';
import { computing } from './compute-gate.ts';

/** Views of memory that a graph reads or writes, by name. */
export type Bindings = Record<string, OrtTensor>;

/** A tensor over memory that stays where it is. */
export function bound({ shape, data }: Tensor): OrtTensor {
  return data instanceof Int32Array
    ? new OrtTensor('int32', data, shape)
    : new OrtTensor('float32', data, shape);
}

export interface OrtSessionOptions {
  readonly threads: number;
  /** Writes Chrome trace events of every node to files with this prefix. */
  readonly profilePrefix?: string | undefined;
}

const CANNOT_READ = 'Non tensor type is temporarily not supported';

/** An ONNX Runtime session. It computes on the thread that calls it and holds it meanwhile: use it in a worker. */
export class OrtSession {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async open(
    model: Uint8Array | string,
    { threads, profilePrefix }: OrtSessionOptions,
  ): Promise<OrtSession> {
    try {
      const options: InferenceSession.SessionOptions = {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // Patterns double the memory: one block for each shape of inputs, beside the blocks of the first run with it.
        enableMemPattern: false,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...(profilePrefix !== undefined && {
          enableProfiling: true,
          profileFilePrefix: profilePrefix,
        }),
      };
      const session = await computing(() =>
        typeof model === 'string'
          ? InferenceSession.create(model, options)
          : InferenceSession.create(model, options),
      );
      return new OrtSession(session);
    } catch (cause) {
      throw failure('a graph was not accepted by ONNX Runtime', cause);
    }
  }

  /** Computes outputs into new memory. */
  async run(feeds: Bindings, outputs: readonly string[]): Promise<Record<string, OrtTensor>> {
    try {
      return (await computing(() => this.#session.run(feeds, outputs))) as Record<string, OrtTensor>;
    } catch (cause) {
      throw failure('ONNX Runtime failed to compute a graph', cause);
    }
  }

  /**
   * Computes outputs into the memory given, which may be that of inputs where each element is read before it is written. The binding
   * copies every output once more into memory of its own, which costs more than many operators; the graph's first output, a list,
   * makes it stop with an error before it starts copying (onnxruntime-node 1.30). A binding that can read lists would only copy.
   */
  async runInto(feeds: Bindings, outputs: Bindings): Promise<void> {
    try {
      await computing(() => this.#session.run(feeds, { [UNREADABLE_OUTPUT]: null, ...outputs }));
    } catch (cause) {
      if (!messageOf(cause).includes(CANNOT_READ))
        throw failure('ONNX Runtime failed to compute a graph', cause);
    }
  }

  async close(): Promise<void> {
    this.#session.endProfiling();
    await this.#session.release();
  }
}

function failure(message: string, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'engine/runtime-failed',
    message,
    found: messageOf(cause),
    hint: 'Check the inputs (ids within their tables, lengths above 0); otherwise report this as a bug.',
    cause,
  });
}
