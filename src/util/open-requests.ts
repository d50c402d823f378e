/** Requests to somebody who answers by id, such as a thread: each is settled once, and all fail when the other side is gone. */
export class OpenRequests {
  readonly #waiting = new Map<number, { resolve(response: unknown): void; reject(reason: unknown): void }>();
  #failure: { readonly reason: unknown } | undefined;
  #nextId = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Waits for the answer to what `send` sends under a new id; rejects at once, sending nothing, after `failAll`. */
  open<Response>(send: (id: number) => void): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.reason as Error);
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: resolve as (response: unknown) => void, reject });
      try {
        send(id);
      } catch (error) {
        this.reject(id, error);
      }
    });
  }

  resolve(id: number, response: unknown): void {
    this.#take(id)?.resolve(response);
  }

  reject(id: number, reason: unknown): void {
    this.#take(id)?.reject(reason);
  }

  /** What waits, and all that is asked from now on, fails for the first reason given. */
  failAll(reason: unknown): void {
    this.#failure ??= { reason };
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure.reason);
    this.#waiting.clear();
  }

  #take(id: number): { resolve(response: unknown): void; reject(reason: unknown): void } | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
