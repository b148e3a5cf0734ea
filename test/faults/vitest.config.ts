import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Servers that are killed, wires that are cut: every file starts a server of its own, one file after the other. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/faults/**/*.test.ts'],
    pool: 'forks',
    // Times are promises here: two files at once would measure each other.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
