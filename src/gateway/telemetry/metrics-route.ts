import type { ApiCall } from '../api-call.ts';
import { whyNotLocal } from '../access/local-request.ts';
import { deploymentFamilies } from './deployment-metrics.ts';
import { METRICS_CONTENT_TYPE, metricText, type MetricFamily } from './metric-text.ts';

/** What `/metrics` shows, and to whom. */
export interface MetricsSource {
  families(): MetricFamily[];
  /** `local`: programs on this machine, and who has an admin key. */
  readonly readers: 'local' | 'everybody';
}

/** `GET /metrics`, for Prometheus. Throws the 401 and 403 of who may not read it. */
export async function metricsRoute(call: ApiCall, source: MetricsSource): Promise<Response> {
  const isOpen = source.readers === 'everybody' || whyNotLocal(call.headers, call.address) === null;
  if (!isOpen) await call.identify({ needsAdmin: true });
  const families = [...source.families(), ...deploymentFamilies(call.directory.pool)];
  return call.respond(metricText(families), METRICS_CONTENT_TYPE);
}
