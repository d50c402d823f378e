import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type * as Resources from '@opentelemetry/resources';
import type {
  BatchSpanProcessor,
  ReadableSpan,
  SpanExporter as OtelExporter,
} from '@opentelemetry/sdk-trace';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { PACKAGE_VERSION } from '../../util/package-version.ts';
import type { CallSpan } from './call-span.ts';
import type { MetricFamily } from './metric-text.ts';
import type { TraceContext } from './trace-context.ts';

/** Takes spans to a collector, in batches and out of the way of calls. */
export interface SpanExporter {
  /** Never waits; with a collector that is away or slow spans are dropped and counted. */
  add(span: CallSpan): void;
  families(): MetricFamily[];
  /** Sends what is left. */
  close(): Promise<void>;
}

const PACKAGES =
  '@opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http';
const BATCH = {
  maxQueueSize: 8192,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 1000,
  exportTimeoutMillis: 10_000,
};

/**
 * Opens an exporter of OTLP over HTTP. `url` is the whole address of the collector's traces. Headers, time-outs, service name and resource
 * attributes come from OpenTelemetry's own environment variables. Throws `telemetry/missing-package`.
 */
export async function openSpanExporter(url: string): Promise<SpanExporter> {
  const { Processor, Exporter, resources } = await loadPackages(url);
  const counts = { added: 0, sent: 0, failed: 0 };
  const exporter: OtelExporter = counting(new Exporter({ url }), counts);
  const processor = new Processor({ exporter, ...BATCH });
  const detected = resources.detectResources({ detectors: [resources.envDetector] });
  const resource = resources
    .resourceFromAttributes({ 'service.name': 'homegrown', 'service.version': PACKAGE_VERSION })
    .merge(detected);
  return {
    add: (span) => {
      if (span.context.isSampled) counts.added++;
      processor.onEnd(readableSpan(span, resource));
    },
    families: () => [spanFamily(counts)],
    close: () => processor.shutdown().catch(() => undefined),
  };
}

async function loadPackages(url: string): Promise<{
  Processor: typeof BatchSpanProcessor;
  Exporter: typeof OTLPTraceExporter;
  resources: Pick<typeof Resources, 'detectResources' | 'envDetector' | 'resourceFromAttributes'>;
}> {
  try {
    const [trace, otlp, resources] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    return { Processor: trace.BatchSpanProcessor, Exporter: otlp.OTLPTraceExporter, resources };
  } catch (cause) {
    throw new HomegrownError({
      code: 'telemetry/missing-package',
      message: 'spans cannot be sent: OpenTelemetry’s packages are not installed',
      where: url,
      hint: `Run \`npm install ${PACKAGES}\`, or leave \`telemetry.otlpEndpoint\` and OTEL_EXPORTER_OTLP_ENDPOINT out.`,
      cause,
    });
  }
}

interface Counts {
  added: number;
  sent: number;
  failed: number;
}

function counting(exporter: OtelExporter, counts: Counts): OtelExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        counts[result.error === undefined ? 'sent' : 'failed'] += spans.length;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function spanFamily({ added, sent, failed }: Counts): MetricFamily {
  const sample = (state: string, value: number): MetricFamily['samples'][number] => ({
    labels: [['state', state]],
    value,
  });
  return {
    name: 'homegrown_spans_total',
    type: 'counter',
    help: 'Spans: made, taken by the collector, refused by it or lost on the way. What is in no second state waits or was dropped.',
    samples: [sample('made', added), sample('sent', sent), sample('failed', failed)],
  };
}

const CLIENT_KIND = 2;
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
const SCOPE = { name: 'homegrown', version: PACKAGE_VERSION };

function readableSpan(span: CallSpan, resource: ReadableSpan['resource']): ReadableSpan {
  const context = spanContext(span.context, false);
  return {
    name: span.name,
    kind: CLIENT_KIND,
    spanContext: () => context,
    ...(span.parent === null ? {} : { parentSpanContext: spanContext(span.parent, true) }),
    startTime: hrTime(span.startedAt),
    endTime: hrTime(span.endedAt),
    duration: hrTime(span.endedAt - span.startedAt),
    status: span.error === null ? { code: STATUS_UNSET } : { code: STATUS_ERROR, message: span.error },
    attributes: span.attributes,
    links: [],
    events: span.events.map(({ name, at, attributes }) => ({
      name,
      time: hrTime(at),
      attributes,
      droppedAttributesCount: 0,
    })),
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function spanContext({ traceId, spanId, isSampled }: TraceContext, isRemote: boolean): SpanContext {
  return { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote };
}

function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}
