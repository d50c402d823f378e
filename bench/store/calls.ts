import type { Feedback } from '../../src/schema/feedback.ts';
import type { Inference } from '../../src/schema/inference.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
/** One million calls are some 58 days. */
const MS_PER_CALL = 5000;

/** The target that answered each share of the calls, and as what. */
const TARGETS = [
  { target: 'main/gpt-large', answeredAs: 'upstream', share: 0.55 },
  { target: 'main/gpt-small', answeredAs: 'upstream', share: 0.2 },
  { target: 'other/opus', answeredAs: 'upstream', share: 0.08 },
  { target: 'topic@3', answeredAs: 'live', share: 0.1 },
  { target: 'topic@4', answeredAs: 'canary', share: 0.01 },
  { target: 'topic@4', answeredAs: 'shadow', share: 0.06 },
] as const;
const TASKS = [
  { task: 'topic', share: 0.5 },
  { task: 'reply', share: 0.3 },
  { task: 'summary', share: 0.1499 },
  { task: 'rare', share: 0.0001 },
  { task: null, share: 0.05 },
] as const;
const SYSTEM_PROMPT = `You are the assistant of a web shop. ${'Answer briefly and kindly, in the language of the question. '.repeat(12)}`;

/** Calls as a product makes them, the same for the same seed: prompts of 1 to 4 KB, answers of .3 to 1.5 KB. */
export class CallMaker {
  readonly #random: () => number;
  readonly #words: readonly string[];

  constructor(seed: number, words: readonly string[]) {
    this.#random = randomNumbers(seed);
    this.#words = words;
  }

  call(index: number): Inference {
    const random = this.#random;
    const at = START + index * MS_PER_CALL + Math.floor(random() * MS_PER_CALL);
    const { target, answeredAs } = pick(TARGETS, random());
    const { task } = answeredAs === 'upstream' ? pick(TASKS, random()) : { task: 'topic' };
    const failed = random() < 0.02;
    const model = target.slice(target.indexOf('/') + 1);
    const responseId = `chatcmpl-${this.#letters(24)}`;
    const output = Math.round(60 + 240 * random());
    const durationMs = Math.round(1000 * (50 + 950 * random() ** 2)) / 1000;
    const stream = random() < 0.5;
    return {
      id: `inf_${at.toString(36).padStart(10, '0')}${this.#letters(16)}`,
      at: new Date(at).toISOString(),
      endpoint: random() < 0.97 ? 'chat-completions' : 'responses',
      task,
      model: task === null ? model : `task:${task}`,
      target: failed ? null : target,
      answeredAs: failed ? null : answeredAs,
      shadowOf: answeredAs === 'shadow' ? `inf_${this.#letters(26)}` : null,
      user: random() < 0.9 ? `user-${Math.floor(50_000 * random() ** 3)}` : null,
      group: random() < 0.8 ? `conversation-${Math.floor(index / 5)}` : null,
      tags: {
        plan: random() < 0.8 ? 'free' : 'pro',
        ...(random() < 0.5 ? { region: `region-${Math.floor(20 * random())}` } : {}),
        ...(random() < 0.001 ? { experiment: 'rare' } : {}),
      },
      key: `key_${Math.floor(4 * random())}abcdefgh`,
      requestId: `req_${this.#letters(24)}`,
      responseId: failed ? null : responseId,
      status: failed ? 502 : 200,
      error: failed ? { code: 'upstream/failed', message: 'the upstream answered 500 three times' } : null,
      stream,
      attempts: [
        { target, status: failed ? 500 : 200, failure: failed ? 'upstream/failed' : null, durationMs },
      ],
      durationMs,
      firstContentMs: stream && !failed ? durationMs / 4 : null,
      tokens: {
        input: 250 + output,
        cachedInput: 128,
        audioInput: null,
        output,
        reasoning: null,
        audioOutput: null,
      },
      costUsd: failed ? null : (250 + 4 * output) * 1e-6,
      request: this.#request(task ?? model, stream),
      response: failed ? null : this.#response(responseId, model, output),
    };
  }

  /** What one call in ten is followed by; null for the others. */
  feedback(index: number, call: Inference): Feedback | null {
    const chance = this.#random();
    if (chance > 0.1 || call.response === null) return null;
    const about = {
      id: `fb_${index}`,
      inference: index % 2 === 0 ? call.id : call.responseId!,
      at: new Date(Date.parse(call.at) + 60_000).toISOString(),
      by: call.user,
      comment: null,
    };
    if (chance < 0.06) return { ...about, kind: 'accepted' };
    if (chance < 0.08) return { ...about, kind: 'rejected' };
    if (chance < 0.0999) return { ...about, kind: 'edited', output: this.#text(60) };
    return { ...about, kind: 'corrected', output: this.#text(60) };
  }

  #request(model: string, stream: boolean): string {
    const length = Math.round(40 + 400 * this.#random() ** 2);
    const messages = [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: this.#text(length) },
    ];
    return JSON.stringify({ model, messages, temperature: 0.2, stream });
  }

  #response(id: string, model: string, output: number): string {
    return JSON.stringify({
      id,
      object: 'chat.completion',
      created: 1_767_225_600,
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: this.#text(Math.round(output * 0.75)) },
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 250,
        completion_tokens: output,
        total_tokens: 250 + output,
        prompt_tokens_details: { cached_tokens: 128 },
      },
    });
  }

  #text(words: number): string {
    const chosen: string[] = [];
    for (let index = 0; index < words; index++) {
      chosen.push(this.#words[Math.floor(this.#words.length * this.#random() ** 3)]!);
    }
    return chosen.join(' ');
  }

  #letters(count: number): string {
    let text = '';
    while (text.length < count) text += Math.floor(this.#random() * 36 ** 8).toString(36);
    return text.slice(0, count);
  }
}

function pick<T extends { share: number }>(choices: readonly T[], chance: number): T {
  let left = chance;
  return choices.find(({ share }) => (left -= share) < 0) ?? choices[0]!;
}

/** mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
