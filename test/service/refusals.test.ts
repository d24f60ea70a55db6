import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { deliver } from '../../src/demo/deliver.ts';
import { readFixture } from '../../src/demo/deliveries.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { Ended } from '../support/service-process.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
const secret = 'a-secret-for-these-tests';
const options = { timeout: 60_000 };

describe('a configuration that is not valid', () => {
  test('is refused with all its problems at once, each by its name', options, async () => {
    const ended = await machine.run(['serve'], {
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      PUSHLEDGER_DATADIR: 'data',
      MATRIX_ROOM: '#pushes:example.org',
      DATABASE_URL: 'mysql://root:hidden-password@localhost/app',
    });
    expect(ended.status).toBe(2);
    const named = ['PORT', 'LOG_LEVEL', 'PUSHLEDGER_DATADIR', 'MATRIX_ACCESS_TOKEN', 'DATABASE_URL'];
    expect(named.filter((name) => !ended.stderr.includes(`  ${name}: `))).toEqual([]);
    expect(ended.stderr).not.toContain('hidden-password');
    expectNoStack(ended);
  });
});

describe('a database that cannot be reached', () => {
  test('is waited for, and then named with the reason', options, async () => {
    const ended = await machine.run(['serve'], {
      DATABASE_URL: `postgres://me:hidden-password@localhost:${await closedPort()}/ledger`,
    });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(
      /^pushledger: the database cannot be reached: .*ECONNREFUSED.*DATABASE_URL/m,
    );
    expect(ended.stdout).toContain('the database does not answer yet');
    expect(ended.stdout + ended.stderr).not.toContain('hidden-password');
    expectNoStack(ended);
  });

  test('for a wrong password is named at once', options, async () => {
    const url = new URL(inject('postgresUrl'));
    url.password = 'hidden-password';
    const ended = await machine.run(['serve'], { DATABASE_URL: url.href });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^pushledger: the database cannot be reached: .*password.*DATABASE_URL/m);
    expect(ended.stdout).not.toContain('does not answer yet');
    expect(ended.stdout + ended.stderr).not.toContain('hidden-password');
    expectNoStack(ended);
  });
});

describe('a port that another program uses', () => {
  test('is named, and the next start says what to enter in Gitea all the same', options, async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ended = await machine.run(['serve'], { PORT: String(port) });
    other.close();
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(new RegExp(`^pushledger: .*127\\.0\\.0\\.1:${port}.*in use.*PORT`, 'm'));
    expectNoStack(ended);
    expect(await machine.postgresPid()).toBeNull();

    const next = await machine.serve();
    await vi.waitFor(() => expect(ended.stderr + next.stderr()).toContain('Target URL'), { timeout: 30_000 });
  });
});

describe('a database that is shared', () => {
  let database: TestDatabase;
  let client: Client;
  beforeEach(async () => {
    database = await createDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await database.drop();
  });
  const environment = () => ({ DATABASE_URL: database.url, GITEA_WEBHOOK_SECRET: secret });

  test(
    'with tables that do not fit is refused with each difference, and nothing is changed',
    options,
    async () => {
      await client.query(`
      create schema data_factory;
      create table data_factory.nodes (node_id text, kind text, owner_team text not null);
      insert into data_factory.nodes values ('a', 'loader', 'blue');
      create table data_factory.runs (run_id int primary key)
    `);
      const before = await objectsOf(client);
      const ended = await machine.run(['serve'], environment());
      expect(ended.status).toBe(2);
      for (const difference of [
        'data_factory.nodes.run_count is missing',
        'data_factory.nodes.owner_team is not ours',
        'data_factory.nodes.node_id is not unique',
        'data_factory.runs.run_id is integer',
        'data_factory.runs.push_id is missing',
      ]) {
        expect(ended.stderr).toContain(difference);
      }
      expectNoStack(ended);
      expect(await objectsOf(client)).toEqual(before);
    },
  );

  test('with tables that fit is used, and rows of others survive', options, async () => {
    const first = await machine.serve(environment());
    await first.end();
    // As if another program had made them: columns of its own, and a row that is not ours.
    await client.query(`
      alter table data_factory.nodes add column owner_team text;
      alter table data_factory.runs add column cost numeric not null default 0;
      alter table data_factory.runs alter column duration_ms type bigint;
      drop schema pushledger cascade;
      insert into data_factory.nodes (node_id, kind, run_count, owner_team)
        values ('gitea_push_widgets', 'loader', 7, 'blue'), ('other', 'loader', 1, 'red')
    `);
    const othersRows = `select * from data_factory.nodes where recorded_by is null order by node_id`;
    const { rows: before } = await client.query(othersRows);

    const service = await machine.serve(environment());
    await push(service.address);
    await vi.waitFor(
      async () => {
        const { rows } = await client.query(
          `select node_id, run_count, owner_team, cost from data_factory.nodes join data_factory.runs using (node_id)`,
        );
        // The name is another program's, so ours has the repository's id in it.
        expect(rows).toEqual([
          { node_id: 'gitea_push_widgets~42', run_count: '1', owner_team: null, cost: '0' },
        ]);
      },
      { timeout: 30_000 },
    );
    const { rows: after } = await client.query(othersRows);
    expect(after).toEqual(before);
  });

  test('whose checkpoint belongs to another ledger is refused with what to do', options, async () => {
    const first = await machine.serve(environment());
    await push(first.address);
    await vi.waitFor(async () => {
      const { rows } = await client.query(`select 1 from pushledger.checkpoints where name = 'notifier'`);
      expect(rows).toHaveLength(1);
    }, 30_000);
    await first.end();
    const other = '00000000-0000-4000-8000-000000000000';
    await client.query(`update pushledger.checkpoints set ledger_id = $1 where name = 'notifier'`, [other]);
    const ended = await machine.run(['serve'], environment());
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('pushledger: a checkpoint belongs to another ledger: notifier');
    expect(ended.stderr).toContain(other);
    expect(ended.stderr).toContain('Point DATABASE_URL and EVENT_STORE_URL to the same ledger again');
    expectNoStack(ended);
  });

  test('is led by one of two services, and by the other when that one is killed', options, async () => {
    const leader = await machine.serve({ ...environment(), LOG_LEVEL: 'debug' });
    await vi.waitFor(() => expect(leader.log().filter(leads)).toHaveLength(3), { timeout: 30_000 });
    const second = await machine.serve({ ...environment(), LOG_LEVEL: 'debug' });

    await push(leader.address, 'push-first-default-branch');
    await push(second.address, 'push-12-commits-capped-5');
    await runsReach(2);
    expect(second.log().filter(leads)).toEqual([]);

    const killedAt = Date.now();
    await leader.end('SIGKILL');
    await push(second.address, 'push-force-rewrite');
    await runsReach(3);
    expect(Date.now() - killedAt).toBeLessThan(5_000);
    await vi.waitFor(() => expect(second.stderr()).toContain('pushed 1 commit to topic'), {
      timeout: 30_000,
    });
  });

  async function runsReach(count: number): Promise<void> {
    await vi.waitFor(
      async () => {
        const { rows } = await client.query<{ runs: number; counted: number }>(
          `select (select count(*)::int from data_factory.runs) as runs,
                  (select sum(run_count)::int from data_factory.nodes) as counted`,
        );
        expect(rows).toEqual([{ runs: count, counted: count }]);
      },
      { timeout: 30_000, interval: 20 },
    );
  }
});

const leads = ({ msg }: { msg: string }) => msg === 'this process leads';

async function push(address: string, fixture = 'push-first-default-branch'): Promise<void> {
  const body = readFixture(fixture);
  const answer = await deliver(`${address}/webhook/gitea`, { body, event: 'push', secret });
  expect(answer).toMatchObject({ status: 200, word: 'accepted' });
}

function expectNoStack(ended: Ended): void {
  expect(ended.stderr).not.toMatch(/^ +at /m);
}

/** Everything that was made in a database, and the rows of the other program. */
async function objectsOf(client: Client): Promise<unknown> {
  const { rows: columns } = await client.query(
    `select table_schema, table_name, column_name, data_type from information_schema.columns
     where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3`,
  );
  const { rows: schemas } = await client.query(`select nspname from pg_namespace order by 1`);
  const { rows: nodes } = await client.query(`select * from data_factory.nodes`);
  return { columns, schemas, nodes };
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
