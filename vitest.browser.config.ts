import { defineConfig } from 'vitest/config';

/** The page in a real browser, which has to be installed: apart from `npm test`. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/browser/support/build-page.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One browser at a time is enough for two cores.
    fileParallelism: false,
  },
});
