import { Worker } from 'node:worker_threads';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { EncoderModel } from '../../model/encoder/encoder-model.ts';
import { encoderOnnx } from '../../model/encoder/encoder-onnx.ts';
import { OpenRequests } from '../../util/open-requests.ts';
import type { Answers, EncoderRequest, EncoderResponse, EncoderSetup } from './encoder-protocol.ts';

/** An encoder that answers in a worker thread. The graph is made from the model's architecture, not read from a file. */
export class EncoderScorer {
  readonly #worker: Worker;
  readonly #open = new OpenRequests();

  constructor(model: EncoderModel) {
    const { architecture, tensors, tokenizer } = model;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const setup: EncoderSetup = {
      graph: encoderOnnx(model, (name) => tensors.get(name)!.data),
      tokenizerJson: tokenizer.toJson(),
      contextLength: architecture.contextLength,
      classes: architecture.classes,
    };
    this.#worker = new Worker(new URL(`./encoder-worker.${extension}`, import.meta.url), {
      workerData: setup,
    });
    this.#worker.on('message', (response: EncoderResponse) => this.#settle(response));
    this.#worker.on('error', (cause) => this.#open.failAll(workerFailure(String(cause), cause)));
    this.#worker.on('exit', (code) => this.#open.failAll(workerFailure(`it ended with code ${code}`)));
    this.#worker.unref();
  }

  /** Answers in the order of the texts. Throws what the worker met. */
  score(texts: readonly string[]): Promise<Answers> {
    return this.#open.open((id) => {
      this.#worker.ref();
      this.#worker.postMessage({ id, texts } satisfies EncoderRequest);
    });
  }

  async close(): Promise<void> {
    this.#open.failAll(workerFailure('it was closed'));
    await this.#worker.terminate();
  }

  #settle(response: EncoderResponse): void {
    if ('answers' in response) this.#open.resolve(response.id, response.answers);
    else this.#open.reject(response.id, new HomegrownError(response.failure));
    if (this.#open.size === 0) this.#worker.unref();
  }
}

function workerFailure(what: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'model/worker-failed',
    message: `the thread that answers failed: ${what}`,
    hint: 'Load the model again; if memory ran out, free some first.',
    cause,
  });
}
