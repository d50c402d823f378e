import { fileURLToPath } from 'node:url';
import type { Entry } from './contestant.ts';
import { ProcessContestant } from './process-contestant.ts';

const PROGRAM = fileURLToPath(new URL('peers/torch_peer.py', import.meta.url));

/** Departures from the fastest settings, to show that they are that: what each is called and what it changes. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'eager, one product for query, key, value': { mode: 'eager', fusedProjections: true },
  'eager, attention spelled out': { mode: 'eager', explicitAttention: true },
  'eager, AdamW not fused': { mode: 'eager', fusedOptimizer: false },
  'compile, one product for query, key, value': { mode: 'compile', fusedProjections: true },
  'compile, attention spelled out': { mode: 'compile', explicitAttention: true },
};

/** PyTorch as the peer: eager and compiled. */
export function torchPeers(python: string, options: { compile: boolean }): Entry[] {
  const modes = options.compile ? (['eager', 'compile'] as const) : (['eager'] as const);
  return modes.map((mode) => torchEntry(python, `PyTorch ${mode}`, true, { mode }));
}

/** PyTorch with other settings than the peer's. */
export function torchVariants(python: string): Entry[] {
  return Object.entries(VARIANTS).map(([name, settings]) =>
    torchEntry(python, `PyTorch ${name}`, false, settings),
  );
}

function torchEntry(
  python: string,
  name: string,
  peer: boolean,
  settings: Readonly<Record<string, unknown>>,
): Entry {
  return { name, peer, start: () => new ProcessContestant([python, PROGRAM], settings) };
}
