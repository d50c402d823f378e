import type { Prediction } from '../predictor/predictor.ts';
import type { ChatRequest } from '../schema/config.ts';
import { answerShapeOf, type AnswerShape } from '../task/answer-shape.ts';
import { inputOfCall } from '../task/call-mapping.ts';
import { messageOfLabel } from '../task/label-mapping.ts';
import { type ApiError, badRequest } from './api-error.ts';
import {
  chatLogprobs,
  type ChatAnswer,
  type ChatLogprobs,
  chatCompletionBody,
  chatCompletionEvents,
} from './chat-response.ts';
import { type ChatCompletionRequest, chatRequestSchema } from './chat-request.ts';
import { parseRequest } from './parse-request.ts';
import type { OwnAnswer } from './own-answer.ts';
import { type AnsweredCall, predictForCall, upstreamFailed } from './predict-for-call.ts';
import type { ServedModel } from './served-model.ts';

/** A chat completion by an own model. */
export async function ownChatCompletion(
  call: AnsweredCall,
  model: ServedModel,
  body: unknown,
): Promise<OwnAnswer> {
  const request = parseRequest(chatRequestSchema, body);
  if (model.task.config.output === undefined) refuseForcedTools(request.tool_choice);
  const answer = await answerChat(call, request, model);
  const { id: responseId } = answer;
  return request.stream === true
    ? { body: chatCompletionEvents(answer), isEventStream: true, responseId }
    : { body: chatCompletionBody(answer), isEventStream: false, responseId };
}

/** The label of a chat request with all that is said about it. */
export async function answerChat(
  call: AnsweredCall,
  request: ChatCompletionRequest,
  model: ServedModel,
): Promise<ChatAnswer> {
  if (model.task.config.output !== undefined) return answerByOwnFunction(call, request, model);
  const { task, predictor, name } = model;
  const shaped = answerShapeOf(request.response_format, { taskName: task.name, labels: predictor.labels });
  if ('refusal' in shaped) throw badRequest(shaped.refusal, shaped.param);
  const input = inputOf(call, model, request);
  const { label, prediction } = await predictLabel(call, model, input);
  const chosen = predictor.labels.indexOf(label);
  const probability = prediction.probabilities?.[chosen] ?? null;
  const parts = shaped.shape.write(label, probability);
  if (parts === null) throw needsProbabilities(name);
  const logprobs =
    request.logprobs === true
      ? logprobsOf(request, model, { prediction, shape: shaped.shape, chosen })
      : null;
  return { ...headOf(call, model), message: { content: parts.before + parts.label + parts.after }, logprobs };
}

/** The answer that the task's `output.write` makes of the label. */
async function answerByOwnFunction(
  call: AnsweredCall,
  request: ChatCompletionRequest,
  model: ServedModel,
): Promise<ChatAnswer> {
  const { label } = await predictLabel(call, model, inputOf(call, model, request));
  const message = messageOfLabel(model.task, request as ChatRequest, label) ?? { content: label };
  return { ...headOf(call, model), message, logprobs: null };
}

async function predictLabel(
  call: AnsweredCall,
  model: ServedModel,
  input: string,
): Promise<{ label: string; prediction: Prediction }> {
  const [prediction] = await predictForCall(call, model, [input]);
  const { label, failure } = prediction!;
  if (label === null) throw upstreamFailed(call, model, failure);
  return { label, prediction: prediction! };
}

function headOf(call: AnsweredCall, { name }: ServedModel): Pick<ChatAnswer, 'id' | 'created' | 'model'> {
  return {
    id: `chatcmpl-${call.id.replace(/^inf_/, '')}`,
    created: Math.floor(Date.now() / 1000),
    model: name,
  };
}

function inputOf(call: AnsweredCall, model: ServedModel, request: ChatCompletionRequest): string {
  const mapped = inputOfCall(model.task, request as ChatRequest);
  if (mapped.mapped) return mapped.input;
  if (mapped.isOurFault) throw new Error(mapped.reason);
  throw badRequest(mapped.reason, mapped.param);
}

function logprobsOf(
  request: ChatCompletionRequest,
  { predictor: { labels } }: ServedModel,
  { prediction, shape, chosen }: { prediction: Prediction; shape: AnswerShape; chosen: number },
): ChatLogprobs | null {
  const { label, probabilities } = prediction;
  if (probabilities === null || label === null) return null;
  const parts = shape.write(label, probabilities[chosen]!)!;
  const write = (other: string): string => shape.write(other, 0)!.label;
  return chatLogprobs({ parts, labels, probabilities, chosen, top: request.top_logprobs ?? 0, write });
}

/** A classifier never calls a tool; to say nothing about it would leave the client waiting for a call. */
export function refuseForcedTools(choice: unknown): void {
  const isForced = choice === 'required' || (typeof choice === 'object' && choice !== null);
  if (isForced) throw badRequest('this model answers labels and cannot call tools.', 'tool_choice');
}

function needsProbabilities(name: string): ApiError {
  return badRequest(
    `the schema requires a probability, and ${name} gives none; make that property optional or nullable.`,
    'response_format.json_schema.schema',
  );
}
