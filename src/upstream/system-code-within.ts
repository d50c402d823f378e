import { systemCodeOf } from '../errors/homegrown-error.ts';

/** The code of the system or of undici that a failure, or one underneath it, has. */
export function systemCodeWithin(thrown: unknown): string | undefined {
  let current = thrown;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const code = systemCodeOf(current);
    if (code !== undefined && /^(E[A-Z_]+|UND_ERR_[A-Z_]+)$/.test(code)) return code;
    current = current.cause;
  }
  return undefined;
}
