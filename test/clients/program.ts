import type { Feature, Target } from './features.ts';

/** What a program is told. */
export interface ProgramContext {
  target: Target;
  /** Ends in `/v1`. */
  baseUrl: string;
  /** Of a chat. */
  model: string;
  /** Of embeddings. */
  embeddings: string;
}

/** One feature used as a client's users do; throws when it does not work as its documents say. */
export type Program = (context: ProgramContext) => Promise<void>;

/** A client's programs; what it does not know is left out. */
export type Programs = Partial<Record<Feature, Program>>;

/** What became of a program: it works, the request was refused by a 400 that names what cannot be done, or said to be incomplete. */
export type Outcome =
  | { kind: 'works' }
  | { kind: 'refused'; what: string }
  | { kind: 'left-out' }
  | { kind: 'failed'; message: string };

/** The answer's header `x-homegrown-warnings` says that the request's parameter was left out. */
export class LeftOut extends Error {}

/** Runs a program to its end, for at most 20 s. */
export async function outcomeOf(program: Program, context: ProgramContext): Promise<Outcome> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('it did not end within 20 s')), 20_000);
  try {
    await Promise.race([program(context), late]);
    return { kind: 'works' };
  } catch (error) {
    if (error instanceof LeftOut) return { kind: 'left-out' };
    const refused = refusalIn(error);
    if (refused !== null) return { kind: 'refused', what: shortened(refused) };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The AI SDK names what a provider cannot do in a sentence. */
export function shortened(what: string): string {
  return /'(.*)' functionality not supported/.exec(what)?.[1] ?? what;
}

/** The part of a request that the gateway says it cannot translate. */
function refusalIn(error: unknown): string | null {
  const { status, statusCode, code, param, responseBody, message } = error as Record<string, unknown>;
  if ((status ?? statusCode) !== 400) return null;
  if (code === 'unsupported_parameter') return String(param ?? message);
  if (typeof responseBody !== 'string') return null;
  const body = (
    JSON.parse(responseBody) as { error: { code: string; param: string | null; message: string } }
  ).error;
  return body.code === 'unsupported_parameter' ? (body.param ?? body.message) : null;
}

/** Fails a program with what was found instead. */
export function expectSame(found: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, found ${left}`);
}

export function expectTrue(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** What the stand-in for a provider says it saw, where it was asked to report. */
export interface Report {
  files: { type: string; bytes: number }[];
  headers: Record<string, string>;
  metadata: unknown;
}

export const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const SOUND = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';
export const PAPER = 'JVBERi0xLjQKJSVFT0YK';
/** Of the stand-in: what it counts for a question that it leaves hanging. */
export const SOON_MS = 1000;
