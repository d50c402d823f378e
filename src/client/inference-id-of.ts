const HEADER = 'x-homegrown-inference';

interface HasHeaders {
  readonly headers: { get(name: string): string | null } | Readonly<Record<string, unknown>>;
}

/**
 * The inference's id that came with an answer: of a `Response`, its headers, or whatever holds one of them (what OpenAI's client gives
 * with `.withResponse()`, `response` of an AI SDK result). Of an answer's body alone its own id, which feedback may name too. null: it has none.
 */
export function inferenceIdOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { response, id } = answer as { response?: unknown; id?: unknown };
  const ownHeader = headerOf(answer);
  if (ownHeader !== null) return ownHeader;
  const nested = typeof response === 'object' && response !== null ? headerOf(response) : null;
  return nested ?? (typeof id === 'string' && id !== '' ? id : null);
}

function headerOf(holder: object): string | null {
  if ('get' in holder && typeof holder.get === 'function') return (holder as Headers).get(HEADER);
  if (!('headers' in holder) || typeof holder.headers !== 'object' || holder.headers === null) return null;
  const { headers } = holder as HasHeaders;
  if ('get' in headers && typeof headers.get === 'function') return (headers as Headers).get(HEADER);
  const value = (headers as Record<string, unknown>)[HEADER];
  return typeof value === 'string' ? value : null;
}
