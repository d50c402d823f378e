import { Agent, request } from 'node:http';

/** A call whose answer had come whole, by the client's clock. */
export interface AnsweredCall {
  readonly id: string;
  readonly endedAtMs: number;
}

/** Clients that call a gateway one call after the other, plain and streamed in turn, until they are stopped or the gateway is gone. */
export class AnsweredCalls {
  readonly answered: AnsweredCall[] = [];
  /** Calls that got no whole answer, which is what a killed server leaves its clients with. */
  cut = 0;
  readonly #agent: Agent;
  readonly #clients: Promise<void>[];
  #isStopped = false;

  constructor(baseUrl: string, clients: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients });
    this.#clients = Array.from({ length: clients }, (_, client) => this.#run(baseUrl, client));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #run(baseUrl: string, client: number): Promise<void> {
    for (let count = client; !this.#isStopped; count++) {
      const id = await this.#call(`${baseUrl}/v1/chat/completions`, count % 2 === 0).catch(() => null);
      if (id === null) this.cut++;
      else this.answered.push({ id, endedAtMs: performance.now() });
      if (id === null && !this.#isStopped) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The id of the inference once the answer is whole. */
  #call(url: string, stream: boolean): Promise<string> {
    const body = JSON.stringify({
      model: 'task:topic',
      stream,
      messages: [{ role: 'user', content: 'a small furry mammal' }],
    });
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const call = request(url, { method: 'POST', agent: this.#agent, headers }, (answer) => {
        answer.on('error', reject);
        answer.on('aborted', () => reject(new Error('cut')));
        answer.on('end', () => {
          const id = answer.headers['x-homegrown-inference'];
          if (answer.statusCode === 200 && answer.complete && typeof id === 'string') resolve(id);
          else reject(new Error(`status ${answer.statusCode}`));
        });
        answer.resume();
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}
