import pino from 'pino';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openLedgerIn } from '../../src/service/ledger.ts';
import { createDatabase } from '../support/database.ts';

test('the name of the Gitea server stays what it was at the first start, unless it is configured', async () => {
  const database = await createDatabase();
  const instanceWith = async (env: Record<string, string>) => {
    const config = loadConfig({ env: { DATABASE_URL: database.url, ...env }, cwd: '/nowhere' });
    const ledger = await openLedgerIn(database.url, config, systemClock, pino({ level: 'silent' }));
    await ledger.close();
    return ledger.instance;
  };
  expect(await instanceWith({})).toBe('gitea');
  expect(await instanceWith({ GITEA_URL: 'https://git.example.org' })).toBe('gitea');
  expect(await instanceWith({ PUSHLEDGER_INSTANCE: 'git.example.org' })).toBe('git.example.org');
  await database.drop();
});
