import type { Capture } from '../../store/capture.ts';
import type { MetricFamily } from './metric-text.ts';

/** How the capture stands: above all what it had to drop. */
export function captureFamilies(capture: Pick<Capture, 'counters'>): MetricFamily[] {
  const { taken, durable, stored, dropped, setAside, waiting, waitingBytes, longestInMemoryMs, problem } =
    capture.counters();
  const one = (name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily => ({
    name: `homegrown_capture_${name}`,
    type,
    help,
    samples: [{ labels: [], value }],
  });
  return [
    one('taken_total', 'counter', 'Calls handed to the capture.', taken),
    one('durable_total', 'counter', 'Captured calls that are safe on this machine’s disk.', durable),
    one('stored_total', 'counter', 'Captured calls in the store.', stored),
    one(
      'dropped_total',
      'counter',
      'Captured calls that were lost: the local log was full or the disk failed.',
      dropped,
    ),
    one(
      'set_aside_total',
      'counter',
      'Captured calls that no store takes, kept beside the journal.',
      setAside,
    ),
    ...(longestInMemoryMs === null
      ? []
      : [
          one(
            'longest_in_memory_seconds',
            'gauge',
            'Longest time that a captured call was in memory alone.',
            longestInMemoryMs / 1000,
          ),
        ]),
    one('waiting_calls', 'gauge', 'Captured calls on this disk and not in the store yet.', waiting),
    one('waiting_bytes', 'gauge', 'The same in bytes.', waitingBytes),
    one('store_problem', 'gauge', '1 while the store takes no captured calls.', problem === null ? 0 : 1),
  ];
}
