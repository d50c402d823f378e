import type { Random } from '../../src/util/random.ts';

const VALID = {
  tasks: {
    topic: {
      kind: 'classify',
      data: ['a.jsonl'],
      columns: { input: 'text', group: 'user' },
      metric: 'accuracy',
      tolerance: 0.01,
      minQuality: 0.7,
      limits: { p95LatencyMs: 20, costPer1kUsd: 0.1 },
      budget: { minutes: 3, usd: 1 },
      rungs: ['bag', 'blend'],
      curation: { conflictingOutputs: 'majority', maxInputLength: 1000 },
      seed: 7,
    },
  },
  upstreams: {
    main: {
      baseUrl: 'http://127.0.0.1:1/v1',
      model: 'm',
      apiKeyEnv: 'KEY',
      price: { inputPer1mUsd: 1, outputPer1mUsd: 2 },
    },
  },
  machine: { usdPerHour: 0.1 },
  server: { host: '127.0.0.1', port: 0, maxBodyBytes: 1000 },
};

const ODD: readonly unknown[] = [
  null,
  undefined,
  '',
  'x',
  '\ud800',
  '\0',
  0,
  -1,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  true,
  [],
  [null],
  {},
  { __proto__: null },
  () => 1,
  Symbol('s'),
  10n,
  new Date(0),
  new Map(),
  JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "toString": 2}'),
];

/** A config with one to four things wrong (or, rarely, right); the same random state gives the same config. */
export function fuzzedConfig(random: Random): unknown {
  const config: unknown = structuredClone(VALID);
  if (random.next() < 0.05) return ODD[random.integer(ODD.length)];
  for (let change = random.integer(4); change >= 0; change--) damage(config, random);
  return config;
}

/** Changes one thing somewhere inside: replaces, removes, renames or adds. */
function damage(root: unknown, random: Random): void {
  let holder = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys[random.integer(keys.length)];
    if (key === undefined) return;
    const inner = holder[key];
    if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && random.next() < 0.8)
      holder = inner as Record<string, unknown>;
    else return change(holder, key, random);
  }
}

function change(holder: Record<string, unknown>, key: string, random: Random): void {
  const odd = ODD[random.integer(ODD.length)];
  const kind = random.integer(4);
  if (kind === 0) holder[key] = odd;
  else if (kind === 1) delete holder[key];
  else if (kind === 2) {
    holder[slip(key, random)] = holder[key];
    delete holder[key];
  } else holder[['extra', '__proto__', 'constructor', 'тест', '💥', ''][random.integer(6)]!] = odd;
}

function slip(key: string, random: Random): string {
  const at = random.integer(key.length + 1);
  return `${key.slice(0, at)}${'abcxyz_-'[random.integer(8)]}${key.slice(at + random.integer(2))}`;
}
