import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** What a new config is called so that Node loads it as an ES module: `.ts` where package.json says so, else `.mts`. */
export function newConfigName(directory: string): string {
  const path = nearestPackageJson(directory);
  return path !== null && isModulePackage(path) ? 'homegrown.config.ts' : 'homegrown.config.mts';
}

function nearestPackageJson(directory: string): string | null {
  const path = join(directory, 'package.json');
  if (existsSync(path)) return path;
  const parent = dirname(directory);
  return parent === directory ? null : nearestPackageJson(parent);
}

function isModulePackage(path: string): boolean {
  try {
    return z.object({ type: z.literal('module') }).safeParse(JSON.parse(readFileSync(path, 'utf8'))).success;
  } catch {
    return false;
  }
}
