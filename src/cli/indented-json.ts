/** What Node has and TypeScript does not know yet. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const exact = JSON as unknown as ExactJson;

/** JSON text with a line for each member and every number as it was written; a text that is no JSON stays as it is. */
export function indentedJson(text: string): string {
  try {
    const value = exact.parse(text, (_key, part, { source }) =>
      typeof part === 'number' ? exact.rawJSON(source) : part,
    );
    return JSON.stringify(value, null, 2);
  } catch {
    return text;
  }
}
