/** Keeps Node's remarks about its own young features (running `.ts` config files, SQLite) off the user's terminal. */
export function quietExperimentalWarnings(): void {
  const original = process.emitWarning;
  process.emitWarning = function emitWarning(this: unknown, ...parameters: unknown[]): void {
    const [, kind] = parameters;
    const type = typeof kind === 'object' && kind !== null && 'type' in kind ? kind.type : kind;
    if (type === 'ExperimentalWarning') return;
    Reflect.apply(original, process, parameters);
  };
}
