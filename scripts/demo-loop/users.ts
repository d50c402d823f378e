import { seededRandom } from '../../src/util/random.ts';
import { post } from '../../test/support/http-ask.ts';
import type { Definition } from './definitions.ts';
import type { ProductAnswer } from './product.ts';

/** Share of the answers that somebody says something about. */
const SHARE = 0.7;
const BATCH = 200;

/** The product's users: of most answers they say whether they were right, and of wrong ones what would have been. */
export class Users {
  accepted = 0;
  corrected = 0;
  readonly #url: string;
  readonly #random = seededRandom(5);
  #waiting: object[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(baseUrl: string) {
    this.#url = `${baseUrl}/api/v1/feedback`;
  }

  see({ topic, user }: Definition, got: ProductAnswer): void {
    if (this.#random.next() >= SHARE) return;
    const common = { id: `verdict-${got.id}`, inference: got.id, by: user };
    if (got.topic === topic) {
      this.accepted++;
      this.#waiting.push({ ...common, kind: 'accepted' });
    } else {
      this.corrected++;
      this.#waiting.push({ ...common, kind: 'corrected', output: topic });
    }
    if (this.#waiting.length >= BATCH) this.#send();
  }

  /** Resolves when everything was taken. */
  async finish(): Promise<void> {
    if (this.#waiting.length > 0) this.#send();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #send(): void {
    const sent = this.#deliver(this.#waiting.splice(0)).finally(() => this.#running.delete(sent));
    this.#running.add(sent);
  }

  async #deliver(batch: readonly object[]): Promise<void> {
    const { status, text } = await post(this.#url, batch);
    if (status !== 200) throw new Error(`feedback was refused with ${status}: ${text}`);
  }
}
