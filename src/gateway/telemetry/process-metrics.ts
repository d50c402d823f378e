import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PACKAGE_VERSION } from '../../util/package-version.ts';
import type { MetricFamily } from './metric-text.ts';

/** Numbers of this process, by the names that Prometheus' own clients use. */
export class ProcessMetrics {
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>;

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: 20 });
    this.#delay.enable();
  }

  close(): void {
    this.#delay.disable();
  }

  families(): MetricFamily[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const files = openFiles();
    return [
      gauge('homegrown_build_info', 'The version that runs.', 1, [
        ['version', PACKAGE_VERSION],
        ['node', process.version],
      ]),
      counter('process_cpu_user_seconds_total', 'Processor time in user mode.', user / 1e6),
      counter('process_cpu_system_seconds_total', 'Processor time in system mode.', system / 1e6),
      gauge('process_resident_memory_bytes', 'Memory in use.', rss),
      gauge(
        'process_start_time_seconds',
        'When the process started, since 1970.',
        performance.timeOrigin / 1000,
      ),
      ...(files === null ? [] : [gauge('process_open_fds', 'Open files and connections.', files)]),
      gauge('nodejs_heap_size_used_bytes', 'Objects of JavaScript.', heapUsed),
      gauge('nodejs_heap_size_total_bytes', 'Memory held for objects of JavaScript.', heapTotal),
      gauge('nodejs_external_memory_bytes', 'Buffers and other memory outside of the heap.', external),
      gauge('nodejs_active_handles', 'What keeps the process busy.', process.getActiveResourcesInfo().length),
      ...this.#delays(),
    ];
  }

  /** Since the last time they were read. */
  #delays(): MetricFamily[] {
    const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);
    const families = [
      gauge(
        'nodejs_eventloop_lag_mean_seconds',
        'Mean delay of the event loop since the last scrape.',
        seconds(this.#delay.mean),
      ),
      gauge(
        'nodejs_eventloop_lag_p99_seconds',
        '99th percentile of the same.',
        seconds(this.#delay.percentile(99)),
      ),
      gauge(
        'nodejs_eventloop_lag_max_seconds',
        'The longest of the same.',
        this.#delay.count === 0 ? 0 : seconds(this.#delay.max),
      ),
    ];
    this.#delay.reset();
    return families;
  }
}

function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

function gauge(name: string, help: string, value: number, labels: [string, string][] = []): MetricFamily {
  return { name, type: 'gauge', help, samples: [{ labels, value }] };
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, type: 'counter', help, samples: [{ labels: [], value }] };
}
