import { lineCharts } from './line-chart.ts';
import type { SoakStats } from './soak-server.ts';
import type { Stretch } from './soak-tally.ts';

/** One stretch of a soak: what its calls took, what the process held after a garbage collection at its end. */
export type Sample = Stretch & SoakStats;

/** Memory, handles and latency over the run as a picture. */
export function soakPlot(samples: readonly Sample[], minutes: number): string {
  const of = (read: (sample: Sample) => number | null): (number | null)[] => samples.map(read);
  return lineCharts(
    [
      {
        title: 'Memory after a garbage collection',
        unit: 'MB',
        lines: [
          { name: 'resident', color: '#1f5fa8', values: of(({ rssBytes }) => rssBytes / 1e6) },
          { name: 'main thread holds', color: '#c2571a', values: of(({ heldBytes }) => heldBytes / 1e6) },
        ],
      },
      {
        title: 'Open files and handles',
        unit: 'count',
        lines: [
          { name: 'files', color: '#1f5fa8', values: of(({ files }) => files) },
          { name: 'handles', color: '#c2571a', values: of(({ handles }) => handles) },
        ],
      },
      {
        title: 'Latency of good plain calls, median',
        unit: 'ms',
        lines: [
          { name: 'to the upstream', color: '#1f5fa8', values: of(({ p50Ms }) => p50Ms) },
          { name: 'own model', color: '#c2571a', values: of(({ ownP50Ms }) => ownP50Ms) },
          { name: 'without the gateway', color: '#999', values: of(({ directP50Ms }) => directP50Ms) },
        ],
      },
      {
        title: 'Latency of good plain calls, 99th percentile',
        unit: 'ms',
        lines: [
          { name: 'to the upstream', color: '#1f5fa8', values: of(({ p99Ms }) => p99Ms) },
          { name: 'own model', color: '#c2571a', values: of(({ ownP99Ms }) => ownP99Ms) },
          { name: 'without the gateway', color: '#999', values: of(({ directP99Ms }) => directP99Ms) },
        ],
      },
    ],
    minutes,
  );
}
