import type { Admission, Caller, Gatekeeper } from '../../src/gateway/gatekeeper.ts';
import type { CallHooks } from '../../src/gateway/pipeline/call-hooks.ts';
import type { InferenceSummary } from '../../src/schema/inference.ts';
import type { Capture, CapturedCall, CaptureMode } from '../../src/store/capture.ts';

type Settled = Parameters<Admission['settle']>[0];

/** Everything that a gateway told its hooks. */
export interface RecordedHooks {
  hooks: Partial<Omit<CallHooks, 'router'>>;
  settled: Settled[];
  captured: CapturedCall[];
  summaries: InferenceSummary[];
  /** Calls that were told to have started and not yet to have ended. */
  open: () => number;
  /** Targets of each admitted call. */
  admitted: (readonly string[])[];
}

const COUNTERS = {
  taken: 0,
  durable: 0,
  stored: 0,
  dropped: 0,
  waiting: 0,
  waitingBytes: 0,
  recovered: 0,
  setAside: 0,
  longestInMemoryMs: null,
  problem: null,
};

/** Hooks that let everything pass and remember it. `record`: what a capture in `sync` waits for. */
export function recordingHooks(
  options: {
    mode?: CaptureMode;
    record?: (call: CapturedCall) => Promise<void>;
    /** What knowing the caller waits for. */
    identified?: () => Promise<void>;
    /** What admitting a call waits for. */
    admitted?: () => Promise<void>;
    caller?: Partial<Caller>;
  } = {},
): RecordedHooks {
  const { mode = 'async', record, caller } = options;
  const recorded: Omit<RecordedHooks, 'hooks' | 'open'> = {
    settled: [],
    captured: [],
    summaries: [],
    admitted: [],
  };
  let started = 0;
  const gatekeeper: Gatekeeper = {
    identify: async () => {
      await options.identified?.();
      return { key: null, role: 'call', tasks: null, mayCall: () => true, ...caller };
    },
    admit: async (_caller, _facts, targets) => {
      recorded.admitted.push(targets);
      await options.admitted?.();
      return { settle: (used) => void recorded.settled.push(used) };
    },
    warning: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
  const capture: Capture = {
    mode,
    record: (call) => {
      recorded.captured.push(call);
      return record?.(call);
    },
    counters: () => COUNTERS,
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const observer = {
    started: () => started++,
    finished: (summary: InferenceSummary) => recorded.summaries.push(summary),
  };
  return {
    ...recorded,
    hooks: { gatekeeper, capture, observers: [observer], costOf: () => 0.25 },
    open: () => started - recorded.summaries.length,
  };
}
