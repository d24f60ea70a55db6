import { defineConfig } from 'vitest/config';

/**
 * Tests of processes (the service, the commands, the embedded server), those that build and break whole rebuilds, and the
 * longest of the others: `npm test` is to stay below three minutes.
 */
export const processTests = [
  'test/service/**/*.test.ts',
  'test/chaos/doubles/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/postgres/embedded/**/*.test.ts',
  'test/gitea/create-webhook.test.ts',
  'test/gitea/hooks/rotate-secret.test.ts',
  'test/gitea/hooks/verify.test.ts',
  'test/projections/rebuild/**/*.test.ts',
  'test/gitea/recovery/outage.test.ts',
  'test/deploy/npm-pack.test.ts',
  'test/security/planted-secrets.test.ts',
  'test/docs/commands.test.ts',
  'test/contract/kurrentdb.test.ts',
  'test/event-store/kurrentdb/misbehaviour.test.ts',
  'test/notifier/accounting.test.ts',
  'test/notifier/outages.test.ts',
  'test/audit/verify-finds.test.ts',
  'test/audit/verify-tells-apart.test.ts',
  'test/doctor/run-doctor.test.ts',
  'test/gitea/enrichment/enricher.test.ts',
  'test/gitea/hooks/install.test.ts',
  'test/gitea/recovery/recovery.test.ts',
  'test/ingest/spool/interleavings.property.test.ts',
  'test/ingest/spool/postgres-away.test.ts',
  'test/projections/compatibility.test.ts',
  'test/projections/parking.test.ts',
  'test/trigger/trigger.test.ts',
  'test/notifier/parked-events.test.ts',
  'test/notifier/windows.test.ts',
  'test/event-store/postgres/concurrent-writers.test.ts',
  'test/postgres/leader.test.ts',
];

export default defineConfig({
  test: {
    include: processTests,
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
