import { defineConfig } from 'vitest/config';

/** Kills the service again and again, which takes minutes: apart from `npm test`. */
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 420_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
    // What was killed where is printed as it is, without the place in this source.
    disableConsoleIntercept: true,
  },
});
