import { sha256 } from '../../src/util/content-hash.ts';
import { seededRandom } from '../../src/util/random.ts';
import { chatAnswer } from './chat-answer.ts';
import type { AnswerFacts, ModelAnswer } from './model-answer.ts';
import { responsesAnswer } from './responses-answer.ts';

const WORDS =
  'a the of and in to is was for on as with by an at from café naïve 東京 🐈 "quoted" new\nline tab\there zwölf'.split(
    ' ',
  );

/**
 * Equal requests get equal answers, whatever model and stream options they name, so that an answer that came through a gateway can be
 * compared with one that did not.
 */
export function answerRequest(
  path: string,
  request: Record<string, unknown>,
  { seed, words, wordBytes }: { seed: number; words: number; wordBytes: number },
): ModelAnswer {
  const { model: _model, stream: _stream, stream_options: _options, ...same } = request;
  const hash = sha256(`${seed} ${path} ${JSON.stringify(same)}`).slice(0, 16);
  const random = seededRandom(Number.parseInt(hash.slice(0, 8), 16));
  const facts = {
    request,
    hash,
    random,
    words: Array.from({ length: words }, () => {
      const word = WORDS[random.integer(WORDS.length)]!;
      return word.repeat(Math.max(1, Math.ceil(wordBytes / Buffer.byteLength(word))));
    }),
  };
  if (path.endsWith('/responses')) return responsesAnswer(facts);
  if (path.endsWith('/embeddings')) return embeddingsAnswer(facts);
  return chatAnswer(facts);
}

function embeddingsAnswer({ request, random }: AnswerFacts): ModelAnswer {
  const { input, model, encoding_format: format } = request;
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
  const dimensions = Number(request['dimensions'] ?? 8);
  const data = inputs.map((_, index) => {
    const vector = Float32Array.from({ length: dimensions }, () => random.next() - 0.5);
    const embedding = format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const tokens = Math.ceil(JSON.stringify(inputs).length / 4);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { plain: JSON.stringify({ object: 'list', data, model, usage }), parts: [] };
}
