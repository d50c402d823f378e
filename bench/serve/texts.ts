import { seededRandom } from '../../src/util/random.ts';

const WORDS = (
  'bread cat hammer a the of small large act moving person who makes or uses tool animal with four legs and fur food ' +
  'baked flour water state being quality sound light plant genus river city in northern country money given'
).split(' ');

/** 500 texts of 3 to 25 common words, as long as the definitions of the demo. */
export const BENCH_TEXTS: readonly string[] = makeTexts();

function makeTexts(): string[] {
  const random = seededRandom(7);
  return Array.from({ length: 500 }, () => {
    const length = 3 + random.integer(23);
    return Array.from({ length }, () => WORDS[random.integer(WORDS.length)]).join(' ');
  });
}
