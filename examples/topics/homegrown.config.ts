import { defineConfig } from 'homegrown';

export default defineConfig({
  tasks: {
    topic: {
      kind: 'classify',
      data: 'data/definitions.jsonl',
      columns: { group: 'group' },
      instruction: 'Which kind of thing does this dictionary definition describe?',
      tolerance: 0.01,
      minQuality: 0.75,
      limits: { p95LatencyMs: 20 },
      budget: { minutes: 3 },
    },
  },
  machine: { usdPerHour: 0.1 },
});
