import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

/** What a decoder tells: at most one of `onEnd` and `onGarbage`. */
export interface DecoderEvents {
  onData(bytes: Uint8Array): void;
  onEnd(): void;
  onGarbage(message: string): void;
  /** It has enough for now. */
  onFull(): void;
  onDrain(): void;
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Undoes a content-encoding that was not asked for. */
export class BodyDecoder {
  readonly #stream: Transform;
  #isWaiting = false;

  private constructor(stream: Transform, events: DecoderEvents) {
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => events.onData(bytes));
    stream.on('end', () => events.onEnd());
    stream.on('error', (error) => events.onGarbage(error.message));
    stream.on('drain', () => {
      this.#isWaiting = false;
      events.onDrain();
    });
    this.#onFull = events.onFull;
  }

  readonly #onFull: () => void;

  /** null for an encoding that nobody knows. */
  static of(encoding: string, events: DecoderEvents): BodyDecoder | null {
    const create = DECODERS[encoding.trim().toLowerCase()];
    return create === undefined ? null : new BodyDecoder(create(), events);
  }

  write(bytes: Uint8Array): void {
    if (this.#stream.destroyed || this.#stream.write(bytes) || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#onFull();
  }

  end(): void {
    if (!this.#stream.destroyed) this.#stream.end();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  destroy(): void {
    this.#stream.removeAllListeners('data');
    this.#stream.on('error', () => undefined);
    this.#stream.destroy();
  }
}
