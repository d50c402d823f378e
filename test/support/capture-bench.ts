import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CaptureConfig, captureConfigSchema } from '../../src/schema/capture-config.ts';
import type { Capture } from '../../src/store/capture.ts';
import { openCapture } from '../../src/store/capture/open-capture.ts';
import type { StoreLocation } from '../../src/store/capture/store-location.ts';
import type { JsonLinesSettings } from './json-lines-store.ts';

/** A directory with journals, and a store of JSON lines that can be made to fail. */
export interface CaptureBench {
  /** Where journals are. */
  readonly directory: string;
  /** The store's file. */
  readonly file: string;
  /** While it exists the store fails, with its content as the message. */
  readonly outage: string;
  readonly store: StoreLocation;
  /** Opens a capture, which is closed with the test. */
  open(config?: Partial<CaptureConfig>): Promise<Capture>;
}

const moduleUrl = new URL('./json-lines-store.ts', import.meta.url).href;

export async function captureBench(settings: Partial<JsonLinesSettings> = {}): Promise<CaptureBench> {
  const root = await mkdtemp(join(tmpdir(), 'capture-'));
  const captures: Capture[] = [];
  onTestFinished(async () => {
    for (const capture of captures) await capture.close();
    await rm(root, { recursive: true, force: true });
  });
  const directory = join(root, 'capture');
  const file = join(root, 'stored.jsonl');
  const outage = join(root, 'outage');
  const store: StoreLocation = { kind: 'module', url: moduleUrl, settings: { file, outage, ...settings } };
  const open = async (config: Partial<CaptureConfig> = {}): Promise<Capture> => {
    const capture = await openCapture({
      directory,
      store,
      config: { ...captureConfigSchema.parse({}), ...config },
    });
    captures.push(capture);
    return capture;
  };
  return { directory, file, outage, store, open };
}
