/**
 * The TSDoc sentence of every key of the object schemas in a formatted source file, by `constant.key.key`. They are kept
 * there because editors show them to those who write a config; Zod does not see comments.
 */
export function keyDescriptions(source: string): Map<string, string> {
  const descriptions = new Map<string, string>();
  const open: { indent: number; key: string }[] = [];
  let comment: string | null = null;
  for (const line of source.split('\n')) {
    const sentence = /^\s*\/\*\* (.*) \*\/$/.exec(line)?.[1];
    if (sentence !== undefined) {
      comment = sentence;
      continue;
    }
    const [, spaces, key] = /^(\s*)(?:export const |const )?([A-Za-z0-9]+)(?::| = )/.exec(line) ?? [];
    if (spaces !== undefined && key !== undefined) {
      while (open.length > 0 && open.at(-1)!.indent >= spaces.length) open.pop();
      open.push({ indent: spaces.length, key });
      if (comment !== null) descriptions.set(open.map((entry) => entry.key).join('.'), comment);
    }
    comment = null;
  }
  return descriptions;
}
