import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { createDatabase } from '../support/database.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();

test('a serve that fails after some of its roles have begun ends, and says why', async () => {
  const database = await createDatabase();
  // The key of the audit cannot be read: the projections have begun by then.
  await mkdir(join(machine.dataDir, 'audit-key'), { recursive: true });
  const ended = await machine.run(['serve'], { DATABASE_URL: database.url });
  expect(ended.status).toBeGreaterThan(0);
  expect(ended.stderr).toMatch(/^pushledger: /m);
  await database.drop();
});
