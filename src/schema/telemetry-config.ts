import { z } from 'zod';

/** What the server tells about its calls. */
export const telemetryConfigSchema = z.strictObject({
  /** Where OpenTelemetry spans go (OTLP over HTTP), for example `http://127.0.0.1:4318`; default: the environment's OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT; none of these: no spans. */
  otlpEndpoint: z.url().optional(),
  /** Put requests and answers into logs and spans too, redacted as in `capture`. */
  contents: z.boolean().default(false),
  /** Who may read `/metrics`. `local`: programs on this machine, and elsewhere who has a key with the role `admin`. */
  metrics: z.enum(['local', 'everybody', 'off']).default('local'),
  /** What goes to standard error. `text`: what happens to the server, for people. `json`: the same and a line for each call, as JSON lines. */
  log: z.enum(['text', 'json']).default('text'),
});
