import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventId, LedgerId, Position } from '../../src/events/ids.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { advanceCheckpoint, type LogIdentity, loadCheckpoint } from '../../src/subscription/checkpoint.ts';
import { createPostgresLog, type PostgresLog } from '../event-store/support/postgres-log.ts';
import { rejection, until } from '../support/condition.ts';

describe('a checkpoint', () => {
  let postgres: PostgresLog;
  const log: LogIdentity = { ledgerId: randomUUID() as LedgerId, store: 'postgres' };
  const last = { id: randomUUID() as EventId, stream: 'pushledger.test-1' };

  beforeAll(async () => {
    postgres = await createPostgresLog();
    await postgres.admin.query('create table written (by text)');
  });
  afterAll(() => postgres.close());
  beforeEach(() => postgres.admin.query('truncate written; truncate pushledger.checkpoints'));

  const checkpoint = (name = 'nodes') =>
    inTransaction(postgres.pool, (client) => loadCheckpoint(client, name, log));
  const load = async (name?: string) => (await checkpoint(name)).position;
  const move = (client: PoolClient, from: bigint, to: bigint, of: LogIdentity = log) =>
    advanceCheckpoint(client, {
      name: 'nodes',
      log: of,
      from: from as Position,
      last: { ...last, position: to as Position },
    });
  const written = async () => {
    const { rows } = await postgres.admin.query<{ by: string }>('select by from written');
    return rows.map(({ by }) => by);
  };
  const conflict = { code: 'CHECKPOINT_CONFLICT', message: expect.stringContaining('nodes') };

  it('is made at the start of the log, and stands where it was moved to', async () => {
    expect(await load()).toBe(0n);
    await inTransaction(postgres.pool, (client) => move(client, 0n, 12n));
    expect(await load()).toBe(12n);
    expect(await load('another')).toBe(0n);
    expect(await checkpoint()).toEqual({ name: 'nodes', log, position: 12n, last });
    expect((await checkpoint('another')).last).toBeNull();
  });

  it('holds positions beyond what a number can', async () => {
    await load();
    const far = 2n ** 62n + 1n;
    await inTransaction(postgres.pool, (client) => move(client, 0n, far));
    expect(await load()).toBe(far);
  });

  it('is not moved by an old leader that wakes up, which then writes nothing', async () => {
    await load();
    await inTransaction(postgres.pool, (client) => move(client, 0n, 5n));
    const old = inTransaction(postgres.pool, async (client) => {
      await move(client, 0n, 7n);
      await client.query(`insert into written values ('old')`);
    });
    expect(await rejection(old)).toMatchObject(conflict);
    expect(await written()).toEqual([]);
    expect(await load()).toBe(5n);
  });

  it('makes an old leader wait while the new one is in its transaction, and then fail', async () => {
    await load();
    let oldMove: Promise<unknown> = Promise.resolve();
    await inTransaction(postgres.pool, async (client) => {
      await move(client, 0n, 5n);
      oldMove = rejection(
        inTransaction(postgres.pool, async (old) => {
          await move(old, 0n, 7n);
          await old.query(`insert into written values ('old')`);
        }),
      );
      await until('the old leader at the row', async () => {
        const { rowCount } = await postgres.admin.query(
          `select 1 from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%checkpoints%'`,
        );
        return rowCount === 1;
      });
      await client.query(`insert into written values ('new')`);
    });
    expect(await oldMove).toMatchObject(conflict);
    expect(await written()).toEqual(['new']);
    expect(await load()).toBe(5n);
  });

  it('is not moved by one that follows another log', async () => {
    await load();
    for (const other of [
      { ...log, ledgerId: randomUUID() as LedgerId },
      { ...log, store: 'kurrentdb' },
    ]) {
      const moved = inTransaction(postgres.pool, (client) => move(client, 0n, 5n, other));
      expect(await rejection(moved)).toMatchObject(conflict);
    }
    expect(await load()).toBe(0n);
  });

  it.each([
    ['ledger', { ledgerId: randomUUID() as LedgerId, store: 'postgres' }],
    ['store', { ledgerId: log.ledgerId, store: 'kurrentdb' }],
  ])('of another %s is refused, with both named and what to do', async (_, other) => {
    await load();
    const refusals: ((client: PoolClient) => Promise<unknown>)[] = [
      (client) => loadCheckpoint(client, 'nodes', other),
      (client) => loadCheckpoint(client, 'new', other),
    ];
    for (const refused of refusals) {
      const error = await rejection(inTransaction(postgres.pool, refused));
      expect(error).toMatchObject({ code: 'LEDGER_MISMATCH' });
      for (const part of [
        'nodes',
        `${log.ledgerId} (${log.store})`,
        `${other.ledgerId} (${other.store})`,
        'EVENT_STORE_URL',
      ]) {
        expect(String(error)).toContain(part);
      }
    }
    const { rows } = await postgres.admin.query('select name from pushledger.checkpoints');
    expect(rows).toEqual([{ name: 'nodes' }]);
  });
});
