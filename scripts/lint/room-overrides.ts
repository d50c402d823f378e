import type { OxlintOverride } from 'oxlint';
import { type Access, INDEX_IMPORTS, PACKAGE_RULES, type PackageRule, type Room, ROOMS } from './rooms.ts';

/** Folders below a room that may hold files: `src/<room>/*.ts` is depth 0. */
export const DEEPEST_FOLDER = 4;

interface Pattern {
  regex: string;
  message: string;
  allowTypeImports?: true;
}

/** Tests may set a room up with whatever it meets in production. */
const TESTS = ['src/**/*.test.ts', 'src/**/*.conformance.ts'];

/** The linter's import restrictions: one override per room, folder depth and folder that a package lives in. */
export function roomOverrides(): OxlintOverride[] {
  const rooms = ROOMS.flatMap((room) => [...depths()].flatMap((depth) => overridesOf(room, depth)));
  return [indexOverride(), ...rooms];
}

function indexOverride(): OxlintOverride {
  const message = `src/index.ts may import ${listed(INDEX_IMPORTS)}, and types from every room.`;
  const rooms = forbiddenRooms(INDEX_IMPORTS, String.raw`^\./`, message);
  const typesAllowed = rooms.map((pattern) => ({ ...pattern, allowTypeImports: true as const }));
  return override('src/*.ts', [...typesAllowed, ...packagePatterns(''), ...plainPathPatterns()]);
}

function overridesOf(room: Room, depth: number): OxlintOverride[] {
  const general = override(
    `src/${room.name}${'/*'.repeat(depth)}/*.ts`,
    roomPatterns(room, depth, room.name),
  );
  const homes = packageHomes()
    .filter((home) => home.startsWith(`${room.name}/`))
    .filter((home) => home.split('/').length - 1 <= depth)
    .map((home) => {
      const below = depth - home.split('/').length + 1;
      return override(`src/${home}${'/*'.repeat(below)}/*.ts`, roomPatterns(room, depth, home));
    });
  return [general, ...homes];
}

function roomPatterns(room: Room, depth: number, folder: string): Pattern[] {
  const up = String.raw`^(\.\./){${depth + 1}}`;
  const message = `src/${room.name} may import ${listed(room.imports)}.`;
  return [
    ...forbiddenRooms(room.imports, up, message),
    ...(room.interface === true && depth === 0 ? [ownImplementations(room)] : []),
    { regex: String.raw`${up}index\.ts$`, message: 'src/index.ts is for users of the package.' },
    { regex: String.raw`^(\.\./){${depth + 2}}`, message: 'src/ imports nothing outside src/.' },
    ...plainPathPatterns(),
    ...packagePatterns(folder),
  ];
}

function forbiddenRooms(imports: Room['imports'], up: string, message: string): Pattern[] {
  const forbidden = ROOMS.map(({ name }) => name).filter((name) => imports[name] === undefined);
  const interfaces = Object.keys(imports).filter((name) => imports[name] === 'interface');
  const patterns = [{ regex: `${up}(${forbidden.join('|')})/`, message }];
  if (interfaces.length > 0) patterns.push({ regex: `${up}(${interfaces.join('|')})/[^/]+/`, message });
  return patterns;
}

function ownImplementations({ name }: Room): Pattern {
  const message = `Files directly in src/${name} are its interface and import no implementation; src/project wires them.`;
  return { regex: String.raw`^\./[^/]+/`, message };
}

/** Paths that would hide which room they lead to. */
function plainPathPatterns(): Pattern[] {
  return [{ regex: String.raw`(^\./|[^./]/)\.\./`, message: 'Write the shortest relative path.' }];
}

function packagePatterns(folder: string): Pattern[] {
  return PACKAGE_RULES.filter((rule) => !rule.folders.some((home) => isWithin(folder, home))).map((rule) => ({
    regex: rule.pattern,
    message: packageMessage(rule),
    ...(rule.typesIn?.some((home) => isWithin(folder, home)) === true
      ? { allowTypeImports: true as const }
      : {}),
  }));
}

function packageMessage({ name, folders, typesIn }: PackageRule): string {
  if (folders.length === 0) return `src/ does not import ${name}.`;
  const types = typesIn === undefined ? '' : ` (its types also in ${inSource(typesIn)})`;
  return `Only ${inSource(folders)} imports ${name}${types}.`;
}

const inSource = (folders: readonly string[]): string => folders.map((folder) => `src/${folder}`).join(', ');

const isWithin = (folder: string, home: string): boolean => folder === home || folder.startsWith(`${home}/`);

/** Folders inside a room in which one more package is allowed. */
function packageHomes(): string[] {
  return [...new Set(PACKAGE_RULES.flatMap(({ folders }) => folders))].filter((home) => home.includes('/'));
}

function listed(imports: Record<string, Access>): string {
  const names = Object.entries(imports).map(([name, access]) =>
    access === 'all' ? name : `${name} (interface)`,
  );
  return names.length === 0 ? 'no other room' : names.join(', ');
}

function override(files: string, patterns: Pattern[]): OxlintOverride {
  return {
    files: [files],
    excludeFiles: TESTS,
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

function* depths(): Generator<number> {
  for (let depth = 0; depth <= DEEPEST_FOLDER; depth++) yield depth;
}
