import { defineConfig } from 'vitest/config';

/** The consumer test has a configuration of its own: it installs packages and takes minutes. */
export default defineConfig({
  // `nest-registry` means the sources, as the paths in tsconfig.json say. The transformer reads the nearest
  // tsconfig.json of each file, so the sample app has its decorator metadata here too, and the library has none.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/consumer/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
