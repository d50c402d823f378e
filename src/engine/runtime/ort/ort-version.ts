import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Names the library whose kernels decide the last bits: `onnxruntime-node 1.30.0`. It is not loaded for this. */
export function ortVersion(): string {
  const path = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `onnxruntime-node ${version}`;
}
