import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allProjections } from '../../src/projections/all.ts';
import { rebuild } from '../../src/projections/rebuild/rebuild.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { projectFile } from './support/compose-file.ts';

const script = projectFile('deploy/roles.sql');
let service: RunningService;
let ownUrl = '';

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** As the role that a person who administers the server has. */
const administer = (...statements: string[]) =>
  connected(ownUrl, async (client) => {
    for (const statement of statements) await client.query(statement);
  });

/** What a statement of the role came to: `ok`, or the code of PostgreSQL's error. */
const tried = (role: string, statement: string) =>
  connected(ownUrl, async (client) => {
    await client.query(`set session authorization ${role}`);
    return client.query(statement).then(
      () => 'ok',
      (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
    );
  });
const denied = '42501';

beforeAll(async () => {
  service = await startTestService({
    async via(url) {
      ownUrl = url;
      await administer(
        'create schema others',
        'create table others.secret (text text)',
        script,
        // Again, as an operator would after an upgrade.
        script,
        `alter role pushledger_service password 'of-the-tests'`,
      );
      const restricted = new URL(url);
      restricted.username = 'pushledger_service';
      restricted.password = 'of-the-tests';
      return { url: restricted.href };
    },
  });
}, 60_000);
afterAll(async () => {
  const server = new URL(ownUrl);
  server.pathname = '/postgres';
  await service.stop();
  await connected(server.href, async (client) => {
    await client.query('drop role pushledger_service');
    await client.query('drop role pushledger_reader');
  });
});

describe('deploy/roles.sql', () => {
  it('gives the service all that it needs, from an empty database to a rebuild', async () => {
    const answer = await post(service.url, { body: bytesOf(fixture('push-force-rewrite')) });
    expect(answer.body.status).toBe('accepted');
    await service.settled();
    expect(service.console()).toContain('[widgets]');
    const rebuilt = await rebuild({
      databaseUrl: service.databaseUrl,
      ...{ store: service.ledger.store, log: service.ledger.log, projections: allProjections, dryRun: false },
      signal: new AbortController().signal,
    });
    expect(rebuilt).toHaveLength(allProjections.length);
  });

  it.each([
    'create role another',
    'create database another',
    'select * from others.secret',
    'create table others.mine ()',
    'create table public.mine ()',
    `copy (select 1) to program 'true'`,
    `select pg_read_file('/etc/passwd')`,
    `alter system set log_statement = 'all'`,
  ])('does not let the service do this: %s', async (statement) => {
    expect(await tried('pushledger_service', statement)).toBe(denied);
  });

  it('does not let the service change an event by mistake', async () => {
    expect(await tried('pushledger_service', `update pushledger.events set type = 'x'`)).toBe('23001');
  });

  it('lets a reader read what is derived, and neither the log nor anything else', async () => {
    for (const table of ['data_factory.nodes', 'data_factory.runs', 'call_monitor.calls'])
      expect(await tried('pushledger_reader', `select * from ${table}`), table).toBe('ok');
    for (const statement of [
      'select * from pushledger.events',
      'select * from pushledger.pushes',
      'delete from data_factory.runs',
      'create table data_factory.mine ()',
      'select * from others.secret',
    ])
      expect(await tried('pushledger_reader', statement), statement).toBe(denied);
  });

  it('leaves nothing of it to everybody', async () => {
    const [row] = await service.rows<{ connect: boolean; create: boolean }>(
      `select has_database_privilege('public', current_database(), 'connect') as connect,
              has_schema_privilege('public', 'public', 'create') as create`,
    );
    expect(row).toEqual({ connect: false, create: false });
  });
});
