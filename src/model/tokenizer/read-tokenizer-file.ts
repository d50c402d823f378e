import type { z } from 'zod';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { BYTE_CHARACTERS, bytesOfToken } from './byte-alphabet.ts';
import type { Merges } from './merge-learner.ts';
import type { NormaliserName } from './normaliser.ts';
import type { SpecialTokenTemplate, TokenizerParts } from './tokenizer-parts.ts';
import { tokenizerFileSchema, type TokenizerFile } from './tokenizer-schema.ts';

const SHOWN_CHARACTERS = 80;
/** Keys whose value, when it is another one, makes another kind of tokenizer; with what is understood here. */
const KINDS: Record<string, string> = {
  truncation: 'none',
  padding: 'none',
  added_tokens: 'special tokens that match exactly (no strip, single_word or normalized)',
  normalizer: 'none, NFC, or NFC then Lowercase',
  pre_tokenizer: 'the Split pattern that Homegrown writes, then ByteLevel',
  post_processor:
    'none, or a TemplateProcessing with at most one special token before and one after the text',
  decoder: 'ByteLevel',
  model: 'byte-level BPE without dropout, unknown token, prefix, suffix or byte fallback',
};

/** Reads a `tokenizer.json` and checks all of it. Throws `model/bad-tokenizer` or `model/unsupported-tokenizer`. */
export function readTokenizerFile(text: string): TokenizerParts {
  const file = checkedFile(parsedJson(text));
  const tokens = tokensOf(file);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const specialTokens = specialTokensOf(file, ids);
  checkTokens(tokens, specialTokens);
  return {
    normaliser: normaliserNameOf(file.normalizer),
    tokens,
    specialTokens,
    template: templateOf(file, ids, specialTokens),
    merges: mergesOf(file, ids, specialTokens),
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badTokenizer({ message: 'tokenizer.json is not JSON', found: messageOf(cause), cause });
  }
}

function checkedFile(json: unknown): TokenizerFile {
  const parsed = tokenizerFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refusal(json, parsed.error.issues[0]!);
}

function refusal(json: unknown, issue: z.core.$ZodIssue): HomegrownError {
  const [root, key] = issue.path;
  const where = issue.path.join('.');
  const found = shown(valueAt(json, issue.path));
  const data = root === 'model' && (key === 'vocab' || key === 'merges');
  const kind = typeof root === 'string' && !data ? KINDS[root] : undefined;
  if (kind === undefined || found === 'nothing') {
    return badTokenizer({
      message: `tokenizer.json is malformed${where === '' ? '' : ` at ${where}`}`,
      expected: issue.message.replace(/^Invalid input: expected |, received .*$/gu, ''),
      found,
    });
  }
  return new HomegrownError({
    code: 'model/unsupported-tokenizer',
    message: `the ${String(root)} of tokenizer.json cannot be used here`,
    expected: kind,
    found: `${where}: ${found}`,
    hint: 'Use a tokenizer that Homegrown trained.',
  });
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function tokensOf(file: TokenizerFile): string[] {
  const entries = Object.entries(file.model.vocab);
  const inVocabulary = new Set(entries.map(([token]) => token));
  for (const { content, id } of file.added_tokens)
    if (!inVocabulary.has(content)) entries.push([content, id]);
  const tokens: string[] = [];
  for (const [token, id] of entries) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= entries.length) {
      throw badIds(`a whole number from 0 to ${entries.length - 1}`, `${shown(id)} for ${shown(token)}`);
    }
    if (tokens[id] !== undefined) {
      throw badIds('one token per id', `${shown(tokens[id])} and ${shown(token)} with id ${id}`);
    }
    tokens[id] = token;
  }
  return tokens;
}

function badIds(expected: string, found: string): HomegrownError {
  return badTokenizer({ message: 'tokenizer.json has a wrong token id', expected, found });
}

function specialTokensOf(file: TokenizerFile, ids: ReadonlyMap<string, number>): Set<string> {
  const contents = new Set<string>();
  for (const { content, id } of file.added_tokens) {
    if (ids.get(content) !== id) {
      throw badIds(`${ids.get(content)} for ${shown(content)}, as in the vocabulary`, String(id));
    }
    contents.add(content);
  }
  return contents;
}

function checkTokens(tokens: readonly string[], specialTokens: ReadonlySet<string>): void {
  const strange = tokens.find((token) => !specialTokens.has(token) && bytesOfToken(token) === undefined);
  if (strange !== undefined) {
    throw badTokenizer({
      message: 'tokenizer.json has a token that is not bytes',
      expected: "characters of GPT-2's byte alphabet, or a special token",
      found: shown(strange),
    });
  }
  const known = new Set(tokens);
  const missing = BYTE_CHARACTERS.findIndex((token) => specialTokens.has(token) || !known.has(token));
  if (missing < 0) return;
  throw badTokenizer({
    message: 'tokenizer.json does not cover all bytes',
    expected: 'a token for each of the 256 bytes',
    found: `none for byte ${missing} (${shown(BYTE_CHARACTERS[missing])})`,
  });
}

function mergesOf(
  file: TokenizerFile,
  ids: ReadonlyMap<string, number>,
  specialTokens: ReadonlySet<string>,
): Merges {
  const seen = new Set<string>();
  const triples = file.model.merges.flatMap((merge, index) => {
    const parts = typeof merge === 'string' ? merge.split(' ') : merge;
    const joined = parts.join('');
    const [left, right, made] = [ids.get(parts[0]!), ids.get(parts[1] ?? ''), ids.get(joined)];
    const known = left !== undefined && right !== undefined && made !== undefined && parts.length === 2;
    if (!known || [...parts, joined].some((token) => specialTokens.has(token))) {
      throw badMerge(index, 'two tokens of the vocabulary that make a third one', merge);
    }
    const pair = `${left} ${right}`;
    if (seen.has(pair)) throw badMerge(index, 'each pair once', merge);
    seen.add(pair);
    return [left, right, made];
  });
  return Int32Array.from(triples);
}

function badMerge(index: number, expected: string, found: unknown): HomegrownError {
  return badTokenizer({
    message: `tokenizer.json has a wrong merge at model.merges.${index}`,
    expected,
    found: shown(found),
  });
}

function normaliserNameOf(normalizer: TokenizerFile['normalizer']): NormaliserName {
  if (normalizer === null) return 'none';
  return normalizer.type === 'NFC' ? 'nfc' : 'lowercase';
}

function templateOf(
  { post_processor: processor }: TokenizerFile,
  ids: ReadonlyMap<string, number>,
  specialTokens: ReadonlySet<string>,
): SpecialTokenTemplate {
  const pieces = processor?.single ?? [];
  const textAt = pieces.findIndex((piece) => 'Sequence' in piece);
  const names = pieces.map((piece) => ('SpecialToken' in piece ? piece.SpecialToken.id : undefined));
  for (const name of names) {
    if (name === undefined) continue;
    const declared = processor?.special_tokens[name]?.ids;
    if (specialTokens.has(name) && declared?.length === 1 && declared[0] === ids.get(name)) continue;
    throw badTokenizer({
      message: 'tokenizer.json has a wrong post_processor',
      expected: 'special tokens with their ids',
      found: `${shown(name)} with ${shown(declared)}`,
    });
  }
  return { start: names[textAt - 1], end: names[textAt + 1] };
}

function badTokenizer(facts: {
  message: string;
  expected?: string;
  found: string;
  cause?: unknown;
}): HomegrownError {
  return new HomegrownError({
    code: 'model/bad-tokenizer',
    hint: 'Take the file from a copy of the model, or train the model again.',
    ...facts,
  });
}
