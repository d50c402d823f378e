import type { CallObserver } from '../gateway/call-observer.ts';
import type { GatewayEvent, GatewayLog } from '../gateway/gateway-log.ts';
import { CallLog } from '../gateway/telemetry/call-log.ts';
import { CallMetrics } from '../gateway/telemetry/call-metrics.ts';
import type { UpstreamIdentity } from '../gateway/telemetry/call-span.ts';
import { CallSpans } from '../gateway/telemetry/call-spans.ts';
import { LineWriter } from '../gateway/telemetry/line-writer.ts';
import type { MetricFamily } from '../gateway/telemetry/metric-text.ts';
import type { MetricsSource } from '../gateway/telemetry/metrics-route.ts';
import { ProcessMetrics } from '../gateway/telemetry/process-metrics.ts';
import { openSpanExporter, type SpanExporter } from '../gateway/telemetry/span-exporter.ts';
import { childTraceParent } from '../gateway/telemetry/trace-context.ts';
import { messageOf } from '../errors/homegrown-error.ts';
import { type Redactor, redactor } from '../protocol/redaction/redactor.ts';
import type { Config } from '../schema/config.ts';
import { providerOf } from '../upstream/prices/provider-of.ts';

/** Everything that is told about calls, as the config wants it. */
export interface Telemetry {
  readonly observers: readonly CallObserver[];
  /** Of bodies that are put into logs and spans. */
  readonly redactor: Redactor;
  readonly log: GatewayLog;
  readonly metrics: MetricsSource | null;
  /** null: there are no spans, so the client's `traceparent` goes on as it is. */
  readonly traceParentOf: ((given: string | null) => string) | null;
  /** Adds numbers to `/metrics`. */
  add(families: () => MetricFamily[]): void;
  /** Sends and writes what is left. */
  close(): Promise<void>;
}

/** Opens it. Throws `telemetry/missing-package`. */
export async function openTelemetry(options: {
  config: Pick<Config, 'telemetry' | 'upstreams' | 'capture'>;
  log: GatewayLog | undefined;
  environment?: NodeJS.ProcessEnv;
}): Promise<Telemetry> {
  const { config, environment = process.env } = options;
  const { telemetry } = config;
  const exporter = await exporterOf(telemetry.otlpEndpoint, environment);
  const lines = telemetry.log === 'json' ? new LineWriter() : null;
  const contents = redactor(config.capture);
  const calls = new CallMetrics();
  const ofProcess = new ProcessMetrics();
  const sources: (() => MetricFamily[])[] = [() => calls.families()];
  if (exporter !== null) sources.push(() => exporter.families());
  if (lines !== null) sources.push(() => [droppedLines(lines)]);
  sources.push(() => ofProcess.families());
  return {
    observers: observersOf(config, { calls, exporter, lines, redact: contents.text }),
    redactor: contents,
    log: logOf(options.log, lines),
    metrics:
      telemetry.metrics === 'off'
        ? null
        : { families: () => sources.flatMap((source) => source()), readers: telemetry.metrics },
    traceParentOf: exporter === null ? null : childTraceParent,
    add: (families) => void sources.push(families),
    close: async () => {
      ofProcess.close();
      await Promise.all([exporter?.close(), lines?.flush()]);
    },
  };
}

function observersOf(
  { telemetry: { contents }, upstreams }: Pick<Config, 'telemetry' | 'upstreams'>,
  parts: {
    calls: CallMetrics;
    exporter: SpanExporter | null;
    lines: LineWriter | null;
    redact: (text: string) => string;
  },
): CallObserver[] {
  const { calls, exporter, lines, redact } = parts;
  const observers: CallObserver[] = [calls];
  const identities = new Map(
    Object.entries(upstreams).map(([name, config]) => [name, identityOf(name, config)]),
  );
  if (exporter !== null)
    observers.push(new CallSpans({ exporter, contents, identityOf: (name) => identities.get(name) ?? null }));
  if (lines !== null) observers.push(new CallLog({ write: (line) => lines.add(line), contents, redact }));
  return observers;
}

/** Our names of providers where the semantic conventions have others. */
const SEMANTIC_NAMES: Readonly<Record<string, string>> = {
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

function identityOf(name: string, config: Config['upstreams'][string]): UpstreamIdentity {
  const known = providerOf(config);
  const provider = known === null ? name : (SEMANTIC_NAMES[known] ?? known);
  if (!('baseUrl' in config)) return { provider, address: null, port: null };
  const { hostname, port, protocol } = new URL(config.baseUrl);
  return { provider, address: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

async function exporterOf(
  configured: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<SpanExporter | null> {
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return null;
  const whole = configured === undefined ? environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] : undefined;
  if (whole !== undefined && whole !== '') return openSpanExporter(whole);
  const base = configured ?? environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (base === undefined || base === '') return null;
  return openSpanExporter(`${base.replace(/\/+$/, '')}/v1/traces`);
}

/** What happens to the server: to who asked for it, and as a line of JSON. */
function logOf(given: GatewayLog | undefined, lines: LineWriter | null): GatewayLog {
  return (event) => {
    given?.(event);
    lines?.add(JSON.stringify(lineOf(event)));
  };
}

function lineOf({ level, event, message, requestId, cause }: GatewayEvent): Record<string, unknown> {
  return {
    time: new Date().toISOString(),
    level,
    event,
    message,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? cause.stack : messageOf(cause) }),
  };
}

function droppedLines(lines: LineWriter): MetricFamily {
  return {
    name: 'homegrown_log_lines_dropped_total',
    type: 'counter',
    help: 'Lines of the log that nobody read in time.',
    samples: [{ labels: [], value: lines.dropped }],
  };
}
