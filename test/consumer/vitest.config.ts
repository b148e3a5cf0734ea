import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The package as others get it: packed, installed somewhere else, used from there. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/consumer/*.test.ts'],
    globalSetup: ['test/consumer/support/pack.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // The files install and boot; side by side they would only take each other's time.
    fileParallelism: false,
  },
});
