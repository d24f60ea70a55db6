import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, type Pool } from 'pg';
import pino from 'pino';
import { inject } from 'vitest';
import { createPool } from '../../src/postgres/pool.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * A database of its own for a spec file, on the server of this run.
 *
 * @param options.template the name of a database to copy, to which nobody is connected
 */
export async function createDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.template ? ` TEMPLATE ${escapeIdentifier(options.template)}` : '';
  await administer(`CREATE DATABASE ${name}${template}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** A pool as the service has it: the loss of a connection, as when its database is dropped, does not end the run. */
export function testPool(url: string, max = 3): Pool {
  return createPool(url, 'test', pino({ level: 'silent' }), max);
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
