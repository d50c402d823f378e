import { z } from 'zod';

/** What the server tells about its calls, besides `/metrics`. */
export const telemetryConfigSchema = z.strictObject({
  /** Where OpenTelemetry spans go (OTLP over HTTP), for example `http://127.0.0.1:4318`; default: the environment's OTEL_EXPORTER_OTLP_ENDPOINT; neither: no spans. */
  otlpEndpoint: z.url().optional(),
  /** Put requests and answers into logs and spans too. */
  contents: z.boolean().default(false),
});
export type TelemetryConfig = z.infer<typeof telemetryConfigSchema>;
