import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What starts processes or kills them has scripts of its own: `test:process` and `test:crash`.
    exclude: [
      'test/crash/**',
      'test/service/**',
      'test/cli/**',
      'test/postgres/embedded/**',
      '**/node_modules/**',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
