type WireHeaders = Readonly<Record<string, string | string[]>>;

/** Of the client's headers: what describes its own request or its own software, and its key. */
const NOT_FOR_PROVIDERS =
  /^(accept|accept-.*|authorization|x-api-key|api-key|connection|content-.*|cookie|expect|forwarded|host|keep-alive|origin|proxy-.*|referer|sec-.*|te|trailer|transfer-encoding|upgrade|user-agent|x-forwarded-.*|x-real-ip|x-stainless-.*|x-homegrown-.*)$/;

/** Headers of a client that mean something to a provider, such as `anthropic-beta` or a header of one's own. */
export function forwardedRequestHeaders(headers: WireHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !NOT_FOR_PROVIDERS.test(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );
}

/** Of the provider's headers: what describes its own body and connection. */
const NOT_FOR_CLIENTS =
  /^(connection|content-.*|date|keep-alive|set-cookie|server|trailer|transfer-encoding|upgrade|vary|via|access-control-.*|alt-svc|strict-transport-security)$/;

/** Headers of a provider that mean something to a client: its request id, its limits, `retry-after`. */
export function forwardedResponseHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const kept = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const forwarded = Object.fromEntries(kept.filter(([name]) => !NOT_FOR_CLIENTS.test(name)));
  // OpenAI's clients read the id under this name.
  if (forwarded['request-id'] !== undefined) forwarded['x-request-id'] ??= forwarded['request-id'];
  return forwarded;
}

const LONGEST_WARNINGS = 4000;

/** What was left out of a request, for people who look. */
export function warningHeader(warnings: readonly string[]): Record<string, string> {
  if (warnings.length === 0) return {};
  const text = warnings.join('; ').replace(/[^\x20-\x7e]/g, '?');
  return { 'x-homegrown-warnings': text.slice(0, LONGEST_WARNINGS) };
}
