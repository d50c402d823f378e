import { rmSync } from 'node:fs';

/** Removes what a build makes, so that nothing of an older one is packed. */
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
