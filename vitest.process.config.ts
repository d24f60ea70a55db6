import { defineConfig } from 'vitest/config';

/** The service, the command line and the embedded server as processes of their own: apart from `npm test`. */
export default defineConfig({
  test: {
    include: ['test/service/**/*.test.ts', 'test/cli/**/*.test.ts', 'test/postgres/embedded/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
