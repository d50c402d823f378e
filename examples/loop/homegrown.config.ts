import { captured, defineConfig } from 'homegrown';

/** A product sorts dictionary definitions by topic. It rents a model for that, until its own is good enough. */
export default defineConfig({
  tasks: {
    topic: {
      kind: 'classify',
      data: captured(),
      instruction: 'Which topic does this dictionary definition belong to?',
      upstream: 'rented',
      rungs: ['bag'],
      minQuality: 0.85,
      limits: { p95LatencyMs: 20, costPer1kUsd: 0.05 },
      budget: { minutes: 2 },
      promotion: {
        steps: 'automatic',
        shadow: { share: 1, minCalls: 200 },
        canary: { share: 0.5, minCalls: 300, maxAcceptanceLoss: 0.05, maxP95Ms: 1000 },
      },
    },
  },
  upstreams: {
    rented: {
      baseUrl: process.env['RENTED_URL'] ?? 'http://127.0.0.1:9/v1',
      model: 'rented-large',
      price: { inputPer1mUsd: 2.5, outputPer1mUsd: 10 },
    },
  },
  machine: { usdPerHour: 0.1 },
});
