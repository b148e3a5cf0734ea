import { defineConfig } from 'vitest/config';

/** Two folders have configurations of their own: `consumer` installs packages, `faults` kills servers. */
export default defineConfig({
  // `nest-registry` means the sources, as the paths in tsconfig.json say. The transformer reads the nearest
  // tsconfig.json of each file, so the sample app has its decorator metadata here too, and the library has none.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/consumer/**', 'test/faults/**', 'test/types/**'],
    // One PostgreSQL for the whole run, unless TEST_DATABASE_URL names a server.
    globalSetup: ['./test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
