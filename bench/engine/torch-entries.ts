import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../virtual-environment.ts';
import type { Entry } from './contestant.ts';
import { ProcessContestant, type ContestantProgram } from './process-contestant.ts';

const PROGRAM = fileURLToPath(new URL('peers/torch_peer.py', import.meta.url));
const SHIM_SOURCE = fileURLToPath(new URL('peers/intel_processor.c', import.meta.url));
// glibc gives large blocks back to the kernel at once; with these it keeps them, as the tuning guides advise.
const KEPT_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '4294967296',
  MALLOC_TOP_PAD_: '67108864',
};

type Settings = Omit<ContestantProgram, 'command'> & { settings: { mode: 'eager' | 'compile' } };

/** PyTorch as the peer: eager and compiled. */
export function torchPeers(python: string, options: { compile: boolean }): Entry[] {
  const modes = options.compile ? (['eager', 'compile'] as const) : (['eager'] as const);
  return modes.map((mode) => torchEntry(python, mode, true, { settings: { mode } }));
}

/** PyTorch with other settings than the peer's, to see whether those are the fastest; builds a library in the directory. */
export function torchVariants(python: string, options: { compile: boolean; directory: string }): Entry[] {
  const variants = {
    'eager, query, key, value apart': { settings: { mode: 'eager', fusedProjections: false } },
    'eager, attention spelled out': { settings: { mode: 'eager', explicitAttention: true } },
    'eager, attention at once': { settings: { mode: 'eager', explicitAttention: false } },
    'eager, AdamW not fused': { settings: { mode: 'eager', fusedOptimizer: false } },
    'eager, memory kept': { settings: { mode: 'eager' }, variables: KEPT_MEMORY },
    'compile, query, key, value apart': { settings: { mode: 'compile', fusedProjections: false } },
    'compile, attention spelled out': { settings: { mode: 'compile', explicitAttention: true } },
    'compile, attention at once': { settings: { mode: 'compile', explicitAttention: false } },
    'compile, memory kept': { settings: { mode: 'compile' }, variables: KEPT_MEMORY },
    ...preloadVariants(options.directory),
  } satisfies Record<string, Settings>;
  return Object.entries(variants)
    .filter(([, { settings }]) => options.compile || settings.mode !== 'compile')
    .map(([name, settings]) => torchEntry(python, name, false, settings));
}

function preloadVariants(directory: string): Record<string, Settings> {
  const library = join(directory, 'intel_processor.so');
  runProgram('gcc', ['-shared', '-fPIC', '-o', library, SHIM_SOURCE]);
  return {
    'eager, MKL as on Intel': { settings: { mode: 'eager' }, variables: { LD_PRELOAD: library } },
    'eager, MKL as on Intel, memory kept': {
      settings: { mode: 'eager' },
      variables: { LD_PRELOAD: library, ...KEPT_MEMORY },
    },
  };
}

function torchEntry(python: string, name: string, peer: boolean, settings: Settings): Entry {
  const program = { command: [python, PROGRAM], ...settings } satisfies ContestantProgram;
  return { name: `PyTorch ${name}`, peer, start: () => new ProcessContestant(program) };
}
