/** What the comments in schema files say about keys. */
export interface KeyDescriptions {
  /** The sentence on a key, by `constant.key.key`; follows keys whose schema is a constant of its own. */
  of(path: string): string | undefined;
}

/**
 * The TSDoc of every key of the object schemas in formatted source files. They are kept there because editors show them to those
 * who write a config; Zod does not see comments.
 */
export function keyDescriptions(sources: readonly string[]): KeyDescriptions {
  const sentences = new Map<string, string>();
  const constants = new Map<string, string>();
  const spreads = new Map<string, string[]>();
  for (const source of sources) readSource(source, { sentences, constants, spreads });
  const find = (path: string): string | undefined => {
    const own = sentences.get(path);
    if (own !== undefined) return own;
    const last = path.lastIndexOf('.');
    for (const constant of spreads.get(path.slice(0, last)) ?? []) {
      const spread = find(constant + path.slice(last));
      if (spread !== undefined) return spread;
    }
    for (let end = path.lastIndexOf('.'); end > 0; end = path.lastIndexOf('.', end - 1)) {
      const constant = constants.get(path.slice(0, end));
      if (constant !== undefined) return find(constant + path.slice(end));
    }
    return undefined;
  };
  return { of: find };
}

interface Found {
  sentences: Map<string, string>;
  constants: Map<string, string>;
  /** Constants whose keys stand in an object too (`...constant`). */
  spreads: Map<string, string[]>;
}

function readSource(source: string, { sentences, constants, spreads }: Found): void {
  const open: { indent: number; key: string }[] = [];
  let comment: string | null = null;
  for (const line of oneLineComments(source).split('\n')) {
    const sentence = /^\s*\/\*\* (.*) \*\/$/.exec(line)?.[1];
    if (sentence !== undefined) {
      comment = sentence;
      continue;
    }
    const [, margin, constant] = /^(\s*)\.\.\.(\w+),$/.exec(line) ?? [];
    if (margin !== undefined && constant !== undefined) {
      const path = open
        .filter(({ indent }) => indent < margin.length)
        .map((entry) => entry.key)
        .join('.');
      spreads.set(path, [...(spreads.get(path) ?? []), constant]);
    }
    const [, spaces, key] = /^(\s*)(?:export const |const )?([A-Za-z0-9]+)(?::| = )/.exec(line) ?? [];
    if (spaces !== undefined && key !== undefined) {
      while (open.length > 0 && open.at(-1)!.indent >= spaces.length) open.pop();
      open.push({ indent: spaces.length, key });
      const path = open.map((entry) => entry.key).join('.');
      if (comment !== null) sentences.set(path, comment);
      const schema = /: ([a-z][A-Za-z0-9]*Schema)\b/.exec(line)?.[1];
      if (schema !== undefined) constants.set(path, schema);
    }
    comment = null;
  }
}

function oneLineComments(source: string): string {
  return source.replaceAll(/^( *)\/\*\*\n((?: *\* .*\n)+) *\*\/$/gm, (_all, indent: string, body: string) => {
    const lines = body.trimEnd().split('\n');
    return `${indent}/** ${lines.map((line) => line.replace(/^ *\* /, '')).join(' ')} */`;
  });
}
