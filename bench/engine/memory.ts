// usage: node bench/engine/memory.ts [--sizes gpt-0.17m,encoder-1.9m]
// What a trainer takes at its peak, foreseen from shapes and measured.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SIZES } from './sizes.ts';

const PROGRAM = fileURLToPath(new URL('memory-of-size.ts', import.meta.url));
const MICRO_BATCH_TEXTS = [2, 8, 32];

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: SIZES.map(({ name }) => name).join(',') } },
});
console.log('| network | texts | foreseen MB | measured MB | foreseen / measured |');
console.log('|---|---|---|---|---|');
for (const name of values.sizes.split(',')) {
  for (const texts of MICRO_BATCH_TEXTS) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, name, String(texts)], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    const { foreseen, measured } = JSON.parse(stdout) as { foreseen: number; measured: number };
    const megabytes = [foreseen, measured].map((bytes) => (bytes / 1e6).toFixed(1));
    console.log(`| ${[name, texts, ...megabytes, (foreseen / measured).toFixed(2)].join(' | ')} |`);
  }
}
