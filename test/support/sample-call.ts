import type { CapturedCall } from '../../src/store/capture.ts';
import type { InferenceSummary } from '../../src/schema/inference.ts';

let count = 0;

/** A summary of a good call, with what a test wants different. */
export function sampleSummary(changes: Partial<InferenceSummary> = {}): InferenceSummary {
  count++;
  return {
    id: `inf_${Date.now().toString(36)}${String(count).padStart(18, '0')}`,
    at: new Date().toISOString(),
    endpoint: 'chat-completions',
    task: 'topic',
    model: 'task:topic',
    target: 'main/stand-in',
    answeredAs: 'upstream',
    shadowOf: null,
    user: null,
    group: null,
    tags: {},
    key: null,
    requestId: `req_${count}`,
    responseId: `chatcmpl-${count}`,
    status: 200,
    error: null,
    stream: false,
    attempts: [{ target: 'main/stand-in', status: 200, failure: null, durationMs: 300 }],
    durationMs: 301.5,
    firstContentMs: null,
    tokens: {
      input: 12,
      cachedInput: null,
      audioInput: null,
      output: 3,
      reasoning: null,
      audioOutput: null,
    },
    costUsd: null,
    ...changes,
  };
}

/** A call with these texts as its request and its answer. */
export function sampleCall(
  changes: Partial<InferenceSummary> = {},
  { question = 'a small furry mammal', answer = 'noun.animal' } = {},
): CapturedCall {
  const summary = sampleSummary(changes);
  const request = { model: summary.model, messages: [{ role: 'user', content: question }] };
  const message = { role: 'assistant', content: answer };
  const response = {
    id: summary.responseId,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  };
  return {
    summary,
    request: Buffer.from(JSON.stringify(request)),
    response: [Buffer.from(JSON.stringify(response))],
    isEventStream: false,
  };
}
