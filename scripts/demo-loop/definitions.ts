import { seededRandom, shuffle } from '../../src/util/random.ts';
import { readWordnetExamples } from '../wordnet-examples.ts';

/** What the product is asked, and what would be right. */
export interface Definition {
  user: string;
  text: string;
  topic: string;
}

/** Topics of the demo: names of WordNet's files of nouns. */
export const TOPICS = ['animal', 'body', 'food', 'location', 'person', 'plant'] as const;

const USERS = 400;

/** WordNet's definitions of these topics, each text once, in a seeded order, as if users of a product had sent them. */
export async function readDefinitions(): Promise<Definition[]> {
  const topics = new Map<string, string | null>();
  for await (const { input, output } of readWordnetExamples()) {
    const topic = output.replace('noun.', '');
    if (!TOPICS.some((name) => name === topic)) continue;
    // A text that stands under two topics has no right answer.
    const known = topics.get(input);
    topics.set(input, known === undefined || known === topic ? topic : null);
  }
  const random = seededRandom(3);
  const list = [...topics].flatMap(([text, topic]) => (topic === null ? [] : [{ text, topic }]));
  return shuffle(list, random).map(({ text, topic }) => ({
    user: `user-${random.integer(USERS)}`,
    text,
    topic,
  }));
}
