// usage: node ours.ts <train.jsonl> <settings as JSON>; prints what was measured as JSON.
import { trainTokenizer } from '../../src/model/tokenizer/train-tokenizer.ts';
import { sha256 } from '../../src/util/content-hash.ts';
import { readTexts } from '../bag/read-texts.ts';
import type { Measured, TokenizerSettings } from './measured.ts';

async function main(): Promise<void> {
  const [path, json] = process.argv.slice(2) as [string, string];
  const settings = JSON.parse(json) as TokenizerSettings;
  const texts = (await readTexts(path)).map(({ input }) => input);
  const processorStart = process.cpuUsage();
  const start = performance.now();
  const { tokenizer } = await trainTokenizer(texts, {
    ...settings,
    normalizer: 'lowercase',
    workers: settings.threads,
  });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(processorStart);
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  const encodeStart = performance.now();
  let ids = 0;
  for (const text of texts) ids += tokenizer.encode(text).length;
  const encodeSeconds = (performance.now() - encodeStart) / 1000;
  const { model } = JSON.parse(tokenizer.toJson()) as { model: { merges: [string, string][] } };
  const measured: Measured = {
    seconds,
    processorSeconds: (user + system) / 1e6,
    peakMemoryBytes,
    encodeSeconds,
    batchSeconds: null,
    ids,
    merges: sha256(model.merges.map((pair) => pair.join(' ')).join('\n')),
  };
  console.log(JSON.stringify(measured));
}

await main();
