import { defineConfig } from 'vitest/config';

/** With a real Matrix homeserver, which is installed at the first time: apart from `npm test`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/e2e/support/global-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // A homeserver for each file: one at a time.
    fileParallelism: false,
  },
});
