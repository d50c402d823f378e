import { messageOf } from '../../errors/homegrown-error.ts';
import type { InferenceSummary } from '../../schema/inference.ts';
import { requireScope } from '../access/caller-rights.ts';
import { ApiError, internalError } from '../api-error.ts';
import type { CallFacts } from '../call-facts.ts';
import type { CallContents } from '../call-observer.ts';
import type { Route, Target } from '../call-router.ts';
import type { ShadowCopy } from '../deployment/shadow-copy.ts';
import type { Admission, Caller } from '../gatekeeper.ts';
import { callContents } from '../telemetry/call-contents.ts';
import { readJsonBody } from '../read-json-body.ts';
import type { TargetFailure } from './attempt-result.ts';
import { type CallOutcome, outcomeOf, summaryOf } from './call-outcome.ts';
import { errorEvent } from './error-event.ts';
import type { GatewayCall } from './gateway-call.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { readFacts } from './read-facts.ts';
import { type ClientAnswer, clientAnswerOf, sendAnswer, sendRefusal } from './send-answer.ts';
import { type TryResult, tryTargets } from './try-targets.ts';
import { askedBy, targetName } from './target-name.ts';

/** One call going through. Whatever happens, it is settled, told and, if it was admitted, kept exactly once. */
export class Passage {
  readonly #call: GatewayCall;
  readonly #options: PipelineOptions;
  #caller: Caller | null = null;
  #facts: CallFacts | null = null;
  #admission: Admission | null = null;
  #target: Target | null = null;
  #shadow: Route['shadow'] = null;

  constructor(call: GatewayCall, options: PipelineOptions) {
    this.#call = call;
    this.#options = options;
  }

  async go(): Promise<void> {
    const { gatekeeper, router, traceParentOf } = this.#options.hooks;
    const { incoming } = this.#call;
    const identified = gatekeeper.identify(incoming.headers, incoming.socket.remoteAddress);
    const caller = identified instanceof Promise ? await identified : identified;
    this.#caller = caller;
    const facts = await this.#readFacts();
    requireScope(caller, facts, []);
    const routed = router.route(facts);
    const route = routed instanceof Promise ? await routed : routed;
    this.#shadow = route.shadow;
    const asked = route.targets.flatMap((target) => askedBy(target, this.#options));
    const admitted = gatekeeper.admit(caller, facts, route.targets.map(targetName), asked);
    this.#admission = admitted instanceof Promise ? await admitted : admitted;
    this.#call.traceParent = traceParentOf?.(facts.traceParent) ?? null;
    await this.#finish(await this.#try(route, facts, caller), facts);
  }

  /** The end of a call that was stopped before anybody was asked, or by something that broke. */
  refuse(error: unknown): void {
    const call = this.#call;
    const shown = error instanceof ApiError ? error : this.#broken(error);
    const { code, message, status } = shown;
    const { outgoing } = call;
    // Only after the first content: the client must not take what it got for a whole answer.
    if (outgoing.headersSent) outgoing.end(errorEvent(call.endpoint, { code, message }, 'server_error'));
    else sendRefusal(call, shown);
    const asked = call.attempts.length > 0;
    this.#settle({ tokens: null, costUsd: null, sent: asked && this.#target !== null, asked });
    this.#tell(
      this.#summary({
        status: call.hasLeft ? 499 : status,
        target: this.#target,
        error: { code, message },
        tokens: null,
        responseId: null,
        firstContentMs: null,
      }),
      this.#contentsOf({ bytes: null, isEventStream: false }),
    );
  }

  async #readFacts(): Promise<CallFacts> {
    const { tasks, log, maxBodyBytes } = this.#options;
    const { bytes, value } = await readJsonBody(this.#call.incoming, maxBodyBytes);
    this.#call.bytesIn = bytes.length;
    this.#facts = readFacts(this.#call, { body: bytes, request: value, tasks, log });
    return this.#facts;
  }

  #try({ targets }: Route, facts: CallFacts, caller: Caller): Promise<TryResult> {
    const { hooks } = this.#options;
    const mode = hooks.capture?.mode ?? 'off';
    return tryTargets(targets, {
      ...this.#options,
      call: this.#call,
      facts,
      keepsKey: caller.key === null,
      keeps: mode !== 'off' || this.#shadow !== null || this.#contentsWanted,
      holdsEnd: mode === 'sync',
    });
  }

  async #finish(tried: TryResult, facts: CallFacts): Promise<void> {
    const { target, result, perhapsBilled, earlierBilled } = tried;
    const { capture } = this.#options.hooks;
    this.#target = target;
    if (result.kind === 'failed') this.#logFailure(result.failure, target);
    const answer = clientAnswerOf(this.#call, tried);
    const holds = capture?.mode === 'sync';
    if (!holds) sendAnswer(this.#call, answer);
    const outcome = outcomeOf(this.#call, target, result);
    const summary = this.#summary(outcome);
    // What an attempt before the last one may have used nobody counted.
    const used = earlierBilled
      ? { tokens: null, costUsd: null }
      : { tokens: outcome.tokens, costUsd: summary.costUsd };
    const asked = this.#call.attempts.length > 0;
    this.#settle({ ...used, sent: perhapsBilled, asked, target: summary.target });
    const shadowed = this.#shadowCopy(summary, facts, answer);
    const contents = this.#contentsOf(answer);
    if (capture !== null) {
      const { bytes: response, isEventStream } = answer;
      const kept = capture.record({ summary, request: facts.body, response, isEventStream });
      if (holds) {
        await kept?.catch((cause: unknown) => {
          throw this.#notKept(cause);
        });
        sendAnswer(this.#call, answer);
      }
    }
    if (shadowed !== null) this.#options.hooks.shadows?.offer(shadowed);
    this.#tell(summary, contents);
  }

  get #contentsWanted(): boolean {
    return this.#options.hooks.observers.some(({ wantsContents }) => wantsContents === true);
  }

  /** The bodies for who wants them, made before the capture takes the buffers. */
  #contentsOf({ bytes, isEventStream }: Pick<ClientAnswer, 'bytes' | 'isEventStream'>): CallContents | null {
    if (!this.#contentsWanted || this.#facts === null) return null;
    const { endpoint, body: request } = this.#facts;
    const { redactor = null } = this.#options.hooks;
    return callContents({ endpoint, request, response: bytes, isEventStream }, redactor);
  }

  /** A copy for the shadow, made before the capture takes the buffers; null: it gets none. */
  #shadowCopy(summary: InferenceSummary, facts: CallFacts, answer: ClientAnswer): ShadowCopy | null {
    const shadow = this.#shadow;
    const { bytes, isEventStream } = answer;
    if (shadow === null || bytes === null || summary.error !== null) return null;
    if (this.#options.hooks.shadows === null) return null;
    const { body, request } = facts;
    return {
      ...shadow,
      summary,
      request,
      body: Uint8Array.from(body),
      answer: Buffer.concat(bytes),
      isEventStream,
    };
  }

  #summary(outcome: CallOutcome): InferenceSummary {
    const { costOf } = this.#options.hooks;
    return summaryOf(this.#call, { facts: this.#facts, key: this.#caller?.key ?? null, outcome, costOf });
  }

  /** Once: the first word counts. */
  #settle(used: Parameters<Admission['settle']>[0]): void {
    this.#admission?.settle(used);
    this.#admission = null;
  }

  #tell(summary: InferenceSummary, contents: CallContents | null): void {
    const { bytesIn, bytesOut, parts, traceParent } = this.#call;
    const details = { bytesIn, bytesOut, parts, traceParent, facts: this.#facts, contents };
    for (const observer of this.#options.hooks.observers) observer.finished(summary, details);
  }

  /** What an upstream did that is no answer of its own: the client is told in general words. */
  #logFailure({ answer, message }: TargetFailure, target: Target | null): void {
    if (target?.kind !== 'upstream' || !(answer instanceof ApiError)) return;
    const { requestId } = this.#call;
    const text = `${targetName(target)} gave no answer: ${message}`;
    this.#options.log({ level: 'warning', event: 'request-failed', message: text, requestId });
  }

  #broken(error: unknown): ApiError {
    const { requestId } = this.#call;
    this.#options.log({
      level: 'error',
      event: 'request-failed',
      message: messageOf(error),
      requestId,
      cause: error,
    });
    return internalError(requestId);
  }

  #notKept(cause: unknown): ApiError {
    const { requestId } = this.#call;
    const message = `a call could not be kept, so it was not answered: ${messageOf(cause)}`;
    this.#options.log({ level: 'error', event: 'request-failed', message, requestId, cause });
    return new ApiError({
      status: 503,
      code: 'capture_failed',
      message: `The answer could not be kept, which this server promises before it answers. Its log tells why under the request id ${requestId}.`,
    });
  }
}
