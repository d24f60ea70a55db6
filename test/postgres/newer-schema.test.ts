import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitStatusOf } from '../../src/cli/exit-status.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { CodedError } from '../../src/runtime/errors.ts';
import { openLedgerIn } from '../../src/service/ledger.ts';
import { rejection } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const open = () => {
  const config = loadConfig({ env: { DATABASE_URL: database.url }, cwd: '/nowhere' });
  return openLedgerIn(database.url, config, systemClock, pino({ level: 'silent' }));
};

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test('an older program on the schema of a newer one says so, stops, and has changed nothing', async () => {
  await (await open()).close();
  await query(
    `insert into pushledger.migrations (name, run_on) values ('9998_later', now()), ('9999_last', now())`,
  );
  const state = () =>
    query(`select (select count(*) from pushledger.migrations) as migrations,
                  (select count(*) from pushledger.events) as events`);
  const before = await state();
  const error = await rejection(open());
  expect(error).toBeInstanceOf(CodedError);
  expect(error).toMatchObject({
    code: 'SCHEMA_NEWER',
    message: expect.stringMatching(/9998_later, 9999_last; start that version or a newer one/),
  });
  expect(exitStatusOf(error)).toBe(2);
  expect(await state()).toEqual(before);
  // Not for ever: the newer version, which knows them, starts; here they are taken away.
  await query(`delete from pushledger.migrations where name like '999%'`);
  await (await open()).close();
});
