import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from '../../src/demo/deliver.ts';
import { readFixture } from '../../src/demo/deliveries.ts';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
const secret = 'a-secret-for-these-tests';
const template = JSON.parse(readFixture('push-force-rewrite').toString()) as Record<string, unknown>;
let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await createDatabase();
  client = new pg.Client(database.url);
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

async function ask<Row extends object>(text: string): Promise<Row | undefined> {
  return (await client.query<Row>(text)).rows[0];
}

test('SIGTERM: what was accepted is stored, locks and connections are given back, and it ends within 10 s by itself', {
  timeout: 90_000,
}, async () => {
  const service = await machine.serve({
    DATABASE_URL: database.url,
    GITEA_WEBHOOK_SECRET: secret,
    ADMIN_TOKEN: 'a-token-for-these-tests',
  });
  const { port } = new URL(service.address);
  // Those that would hold up a stop: a viewer that stays, a request that never comes whole, an idle connection.
  const viewer = await fetch(`${service.address}/api/events`, {
    headers: { authorization: 'Bearer a-token-for-these-tests' },
  });
  expect(viewer.status).toBe(200);
  const slow = connect(Number(port), '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write(
    'POST /webhook/gitea HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{',
  );
  const idle = connect(Number(port), '127.0.0.1');
  idle.on('error', () => undefined);
  await once(idle, 'connect');

  const accepted: string[] = [];
  let stopped = false;
  const sending = Array.from({ length: 4 }, async (_, sender) => {
    for (let index = 0; !stopped; index++) {
      const after = `${sender}${index.toString(16).padStart(39, '0')}`;
      const body = Buffer.from(JSON.stringify({ ...template, after }));
      try {
        const answer = await deliver(`${service.address}/webhook/gitea`, { body, event: 'push', secret });
        if (answer.status === 200) accepted.push(after);
        else stopped = true;
      } catch {
        stopped = true;
      }
    }
  });
  await until('some are accepted', () => accepted.length > 40, 30_000);
  const askedAt = performance.now();
  const ended = await service.end('SIGTERM');
  const tookMs = performance.now() - askedAt;
  await Promise.all(sending);
  expect(ended).toMatchObject({ status: 0, signal: null });
  expect(tookMs).toBeLessThan(10_000);
  expect(ended.stdout).toContain('"msg":"stopped"');
  expect(ended.stdout).not.toContain('the stop took too long');

  const stored = await client.query<{ after: string }>(
    `select data::jsonb ->> 'after' as after from pushledger.events where type = 'PushReceived'`,
  );
  const known = new Set(stored.rows.map(({ after }) => after));
  expect(accepted.filter((after) => !known.has(after))).toEqual([]);
  // The server sees a closed connection a moment later.
  await until('no lock is held', async () => {
    const row = await ask<{ held: number }>(
      `select count(*)::int as held from pg_locks where locktype = 'advisory'
       and database = (select oid from pg_database where datname = current_database())`,
    );
    return row?.held === 0;
  });
  await until('nobody else is connected', async () => {
    const row = await ask<{ others: number }>(
      `select count(*)::int as others from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    return row?.others === 0;
  });
});
