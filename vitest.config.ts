import { defineConfig } from 'vitest/config';
import { processTests } from './vitest.process.config.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What starts processes, takes long or kills has scripts of its own: `test:process`, `test:crash`, `test:browser`
    // and `test:e2e`.
    exclude: ['test/crash/**', 'test/browser/**', 'test/e2e/**', ...processTests, '**/node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
