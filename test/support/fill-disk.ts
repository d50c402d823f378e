import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureConfigSchema } from '../../src/schema/capture-config.ts';
import { openCapture } from '../../src/store/capture/open-capture.ts';
import type { StoreLocation } from '../../src/store/capture/store-location.ts';
import { sampleCall } from './sample-call.ts';

/** Keeps calls on a small disk until it is full, frees some, and prints what happened as JSON. */
const [, , directory, location] = process.argv as [string, string, string, string];
const store = JSON.parse(location) as StoreLocation & { settings: { outage: string } };
writeFileSync(store.settings.outage, 'away');
const capture = await openCapture({ directory, store, config: captureConfigSchema.parse({ mode: 'sync' }) });
const ballast = join(directory, 'ballast');
writeFileSync(ballast, Buffer.alloc(100_000));
let code: unknown = null;
for (let count = 0; count < 600; count++) {
  await capture.record(sampleCall())!.catch((error: { code: string }) => (code = error.code));
}
const { durable: kept, dropped } = capture.counters();
rmSync(ballast);
rmSync(store.settings.outage);
await capture.record(sampleCall());
for (let tries = 0; tries < 100 && capture.counters().waiting > 0; tries++)
  await new Promise((resolve) => setTimeout(resolve, 50));
const after = capture.counters();
await capture.close();
process.stdout.write(JSON.stringify({ code, kept, dropped, after }));
