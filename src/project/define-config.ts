import type { ConfigInput } from '../schema/config.ts';

/** Types the default export of `homegrown.config.ts`; returns it unchanged. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
