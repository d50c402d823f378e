import { expect, test } from 'vitest';
import { HomegrownError } from '../../src/errors/homegrown-error.ts';
import { parseConfig } from '../../src/project/load-config.ts';
import { seededRandom } from '../../src/util/random.ts';
import { fuzzedConfig } from './config.ts';

const COUNT = Number(process.env['HOMEGROWN_FUZZ_CONFIGS'] ?? 20_000);

test(`${COUNT} generated configs are accepted or refused with where, expected and found`, () => {
  let refused = 0;
  for (let seed = 1; seed <= COUNT; seed++) {
    const config = fuzzedConfig(seededRandom(seed));
    try {
      parseConfig(config, 'homegrown.config.ts');
    } catch (error) {
      if (!(error instanceof HomegrownError)) throw new Error(`seed ${seed} escaped`, { cause: error });
      refused++;
      expect(error.code, `seed ${seed}`).toBe('config/invalid');
      expect(error.message, `seed ${seed}`).toMatch(/^homegrown\.config\.ts: .*(; found |unknown key)/s);
    }
  }
  expect(refused).toBeGreaterThan(COUNT * 0.7);
});
