import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HomegrownError, systemCodeOf } from '../../../errors/homegrown-error.ts';

/**
 * Names the library whose kernels decide the last bits, `onnxruntime-node 1.30.0`, without loading it; null where it is not installed.
 * It is an optional dependency, because an installation that cannot download its files for GPUs leaves it out.
 */
export function ortVersion(): string | null {
  try {
    const path = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
    return `onnxruntime-node ${version}`;
  } catch (error) {
    if (systemCodeOf(error) === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** Where to turn when it is not installed. */
export const INSTALL_ORT =
  'Put the line `onnxruntime-node-install=skip` into the file `.npmrc` of your project and run `npm install homegrown` again.';

/** Throws `engine/not-installed` where ONNX Runtime is not installed. */
export function requireOrt(): void {
  if (ortVersion() !== null) return;
  throw new HomegrownError({
    code: 'engine/not-installed',
    message: 'the package onnxruntime-node, which computes networks, is not installed',
    hint: INSTALL_ORT,
  });
}
