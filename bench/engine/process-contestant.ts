import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Batch, Contestant, PeakMemory, StepFigures, TrainingSetup } from './contestant.ts';
import {
  answerSchema,
  encodeBatch,
  initAnswerSchema,
  peakMemoryAnswerSchema,
  stepAnswerSchema,
  type ContestantRequest,
} from './protocol.ts';

const STDERR_TAIL = 4000;

/** How a contestant's process is started. */
export interface ContestantProgram {
  readonly command: readonly [string, ...string[]];
  /** What its `init` gets besides the setup. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Variables of its environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A contestant that is a program speaking `protocol.ts` on its standard streams. */
export class ProcessContestant implements Contestant {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #lines: AsyncIterator<string, undefined>;
  #stderr = '';

  constructor({ command: [program, ...options], settings, variables }: ContestantProgram) {
    this.#settings = settings;
    this.#child = spawn(program, options, { stdio: 'pipe', env: { ...process.env, ...variables } });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_TAIL);
    });
    // A process that did not start or is gone is noticed when its answer does not come.
    this.#child.on('error', (error) => (this.#stderr += error.message));
    this.#child.stdin.on('error', () => {});
  }

  async init(setup: TrainingSetup): Promise<{ parameters: number; seconds: number }> {
    return initAnswerSchema.parse(await this.#ask({ command: 'init', settings: this.#settings, ...setup }));
  }

  async step(batch: Batch, learningRate: number): Promise<StepFigures> {
    const answer = await this.#ask({ command: 'step', batch: encodeBatch(batch), learningRate });
    return stepAnswerSchema.parse(answer);
  }

  async peakMemory(): Promise<PeakMemory> {
    return peakMemoryAnswerSchema.parse(await this.#ask({ command: 'peak-memory' }));
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    await this.#ask({ command: 'close' });
    this.#child.stdin.end();
    await exited;
  }

  async #ask(request: ContestantRequest): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const line: IteratorResult<string, undefined> = await this.#lines.next();
    if (line.done) throw new Error(`a contestant ended at "${request.command}":\n${this.#stderr}`);
    const answer = answerSchema.parse(JSON.parse(line.value));
    if (!answer.ok) throw new Error(`a contestant failed at "${request.command}": ${answer.error}`);
    return answer;
  }
}
