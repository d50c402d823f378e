import type { InferenceSummary } from '../../schema/inference.ts';
import type { CallDetails, CallObserver } from '../call-observer.ts';
import { callSpanOf, type UpstreamIdentity } from './call-span.ts';
import type { SpanExporter } from './span-exporter.ts';

/** Makes a span of each call that is sampled. */
export class CallSpans implements CallObserver {
  readonly wantsContents: boolean;
  readonly #exporter: SpanExporter;
  readonly #identityOf: (upstream: string) => UpstreamIdentity | null;

  constructor(options: {
    exporter: SpanExporter;
    contents: boolean;
    identityOf: (upstream: string) => UpstreamIdentity | null;
  }) {
    this.wantsContents = options.contents;
    this.#exporter = options.exporter;
    this.#identityOf = options.identityOf;
  }

  finished(call: InferenceSummary, details: CallDetails): void {
    this.#exporter.add(callSpanOf(call, details, this.#identityOf));
  }
}
