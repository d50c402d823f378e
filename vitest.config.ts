import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Examples import the package by its name.
    alias: [
      { find: /^homegrown$/, replacement: source('src/index.ts') },
      { find: /^homegrown\/client$/, replacement: source('src/client/client.ts') },
      { find: /^homegrown\/ai-sdk$/, replacement: source('src/ai-sdk/homegrown-provider.ts') },
    ],
  },
  test: {
    include: ['{src,test,bench,scripts}/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
