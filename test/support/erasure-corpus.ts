import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import type { Inference } from '../../src/schema/inference.ts';
import { filesUnder } from '../../src/util/files-under.ts';
import { type CallFacts, capturedCall, feedbackOn } from './captured-call.ts';

export const USER = 'user-to-erase-4711';
export const TOPICS = ['noun.animal', 'noun.food'];

/** Texts of the erased user: plain, with what JSON and HTML escape, over several lines, and long. */
function textsOf(definition: string, index: number): string {
  const mark = `private note ${index} of mine`;
  const shapes = [
    `${definition}, ${mark}`,
    `"${definition}" <${mark}> & 'more' \\ tab\tend`,
    `${definition}\n\n${mark}\nand 🙂`,
    `${definition}; ${mark}; ${'word after word '.repeat(30)}`,
    `${definition}; ${mark}; ${'a very long story '.repeat(150)}`,
  ];
  return shapes[index % shapes.length]!;
}

/** Captured calls, what was said of them, and one user's texts among them. */
export interface Corpus {
  calls: Inference[];
  feedback: ReturnType<typeof feedbackOn>[];
  labels: Map<string, string>;
  theirs: string[];
}

/** Real definitions as calls of 200 users, of which every sixtieth is one user's with texts that nobody else sent. */
export async function erasureCorpus(count: number): Promise<Corpus> {
  const left = new Map(TOPICS.map((topic) => [topic, count / 2]));
  const corpus: Corpus = { calls: [], feedback: [], labels: new Map(), theirs: [] };
  let number = 0;
  for await (const { input: definition, output } of readWordnetExamples()) {
    if ((left.get(output) ?? 0) === 0 || corpus.labels.has(definition)) continue;
    left.set(output, left.get(output)! - 1);
    number += 1;
    const isTheirs = number % 20 === 0;
    const input = isTheirs ? textsOf(definition, number / 20) : definition;
    if (isTheirs) corpus.theirs.push(input);
    const facts: CallFacts = {
      input,
      label: output,
      user: isTheirs ? USER : `user-${number % 200}`,
      group: isTheirs ? `conversation-${number}` : null,
    };
    corpus.calls.push(capturedCall(number, facts));
    corpus.labels.set(input, output);
    // One in a hundred is not labelled, and one in fifty was contradicted.
    if (number % 100 !== 0)
      corpus.feedback.push(feedbackOn(number, { kind: 'accepted' }, { by: facts.user ?? null }));
    if (number % 60 === 0) {
      const again = capturedCall(10_000 + number, {
        ...facts,
        label: TOPICS.find((topic) => topic !== output)!,
      });
      corpus.calls.push(again);
      corpus.feedback.push(feedbackOn(10_000 + number, { kind: 'accepted' }));
    }
  }
  return corpus;
}

/** Files under the project that hold the user's name or a text of theirs, raw or as JSON or HTML has it: found without code of ours. */
export async function filesWithTraces(
  directory: string,
  { theirs }: Pick<Corpus, 'theirs'>,
): Promise<string[]> {
  const needles = [USER, ...theirs].flatMap((text) => {
    const json = JSON.stringify(text).slice(1, -1);
    const html = text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;');
    return [text, json, JSON.stringify(json).slice(1, -1), html].map((form) => Buffer.from(form));
  });
  const marks = [/private note \d+ of mine/u];
  const found: string[] = [];
  for await (const path of filesUnder(directory)) {
    const bytes = await readFile(path);
    const isFound =
      needles.some((needle) => bytes.includes(needle)) ||
      marks.some((mark) => mark.test(bytes.toString('latin1')));
    if (isFound) found.push(relative(directory, path));
  }
  return found;
}

/** What interrupted work and killed servers leave behind. */
export async function plantLeftovers(directory: string, text: string): Promise<void> {
  const home = join(directory, '.homegrown');
  const plant = async (path: string, content: string): Promise<void> => {
    await mkdir(join(home, path, '..'), { recursive: true });
    await writeFile(join(home, path), content);
  };
  const row = JSON.stringify(['0011223344556677', text, 'noun.food', USER]);
  await plant('datasets/.build-00000000-999999-0123456789ab.tmp/rows-3', `${row}\n`);
  await plant('reports/topic/.report.json.999999-0badcafe.tmp', JSON.stringify({ input: text }));
  await plant('models/topic/.incoming-999999-0badcafe/examples.jsonl', JSON.stringify({ input: text }));
  await plant('runs/train-x/samples.jsonl', JSON.stringify({ step: 10, sample: text }));
  await plant(
    'capture/1/set-aside/inf_x.json',
    JSON.stringify({ request: JSON.stringify({ content: text }) }),
  );
  await writeFile(join(directory, 'mine.csv'), `text,team\n"${text.replaceAll('"', '""')}",food\n`);
}
