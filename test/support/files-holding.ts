import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files at or under a path that hold a text, byte by byte, in UTF-8 or UTF-16. Files that vanish meanwhile hold nothing. */
export function filesHolding(path: string, text: string): string[] {
  const needles = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')];
  return filesUnder(path).filter((file) => {
    const bytes = readOrNull(file);
    return bytes !== null && needles.some((needle) => bytes.includes(needle));
  });
}

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
