import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeEntry, sizeOf } from '../../../src/ingest/spool/entry.ts';
import { openSpool, type Spool } from '../../../src/ingest/spool/spool.ts';
import { rejection } from '../../support/condition.ts';
import { createManualClock, type ManualClock } from './support/manual-clock.ts';
import { type RecordedLog, recordLog } from './support/recorded-log.ts';
import { randomSha, spooled } from './support/spooled.ts';

const unavailable = { code: 'SPOOL_UNAVAILABLE', status: 503 };

describe('the spool', () => {
  let directory: string;
  let path: string;
  let clock: ManualClock;
  let log: RecordedLog;
  let opened: Spool[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pushledger-spool-'));
    path = join(directory, 'data', 'spool.db');
    clock = createManualClock();
    log = recordLog();
    opened = [];
  });
  afterEach(() => {
    for (const spool of opened) spool.close();
    rmSync(directory, { recursive: true });
  });

  function open(maxBytes = 1024 ** 2): Spool {
    const spool = openSpool({ path, maxBytes, clock, logger: log.logger });
    opened.push(spool);
    return spool;
  }

  const waiting = (spool: Spool, repository = '42') => {
    const found = [];
    for (let entry = spool.next(repository, 0); entry; entry = spool.next(repository, entry.seq)) {
      found.push(decodeEntry(entry.row).deliveryId);
    }
    return found;
  };

  test('gives back exactly what it was given, also after it was opened again', async () => {
    const entry = spooled();
    const first = open();
    await first.put(entry);
    first.close();
    const kept = open().next('42', 0);
    const delivery = decodeEntry(kept?.row);
    expect({ ...delivery, compressed: Buffer.from(delivery.compressed) }).toEqual(entry.delivery);
  });

  test('keeps deliveries of a repository in the order in which they came', async () => {
    const spool = open();
    const entries = Array.from({ length: 50 }, (_, index) => spooled({ repositoryId: index % 2 ? 42 : 43 }));
    await Promise.all(entries.map((entry) => spool.put(entry)));
    const of42 = entries.filter(({ repository }) => repository.key === '42');
    expect(waiting(spool)).toEqual(of42.map(({ delivery }) => delivery.deliveryId));
  });

  test('writes what comes at the same time in one transaction', async () => {
    const spool = open();
    await spool.put(spooled());
    const before = walFrames(path);
    await spool.put(spooled());
    const ofOne = walFrames(path) - before;
    await Promise.all(Array.from({ length: 32 }, () => spool.put(spooled())));
    expect(walFrames(path) - before - ofOne).toBeLessThan(32 * ofOne * 0.75);
  });

  test('has the same delivery once, and the same delivery id with other bytes as another entry', async () => {
    const spool = open();
    const entry = spooled();
    await Promise.all([spool.put(entry), spool.put(entry)]);
    await spool.put(entry);
    await spool.put(spooled({ deliveryId: entry.delivery.deliveryId, after: randomSha() }));
    expect(waiting(spool)).toEqual([entry.delivery.deliveryId, entry.delivery.deliveryId]);
    expect(spool.status()).toMatchObject({ pending: 2, parked: 0 });
  });

  test('never gives a number twice, though the last entry was removed', async () => {
    const spool = open();
    await spool.put(spooled());
    const first = spool.newest('42') ?? 0;
    spool.remove([first]);
    await spool.put(spooled());
    expect(spool.newest('42')).toBeGreaterThan(first);
  });

  test('never gives a number of a file that was moved away to an entry of the next one', async () => {
    const spool = open();
    await Promise.all(Array.from({ length: 20 }, () => spool.put(spooled())));
    const drained = spool.newest('42') ?? 0;
    for (const name of ['', '-wal', '-shm']) renameSync(`${path}${name}`, join(directory, `aside${name}`));
    clock.advance(1);
    await spool.put(spooled());
    expect(spool.newest('42')).toBeGreaterThan(drained);
    expect(drained).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });

  test('writes what is still to be written when it is closed', async () => {
    const spool = open();
    const entry = spooled();
    const written = spool.put(entry);
    spool.close();
    await written;
    expect(waiting(open())).toEqual([entry.delivery.deliveryId]);
  });

  test('counts what waits, what is parked, and the bytes of both', async () => {
    const spool = open();
    const entries = [spooled(), spooled(), spooled({ repositoryId: 43 })];
    for (const entry of entries) await spool.put(entry);
    spool.park(spool.newest('43') ?? 0, 'no good');
    const bytes = entries.reduce((sum, { delivery }) => sum + sizeOf(delivery), 0);
    const oldestAt = '2026-02-03T04:05:07.008Z';
    expect(spool.status()).toEqual({ state: 'ok', pending: 2, parked: 1, bytes, oldestAt, lastError: null });
    spool.remove([spool.newest('42') ?? 0, spool.next('42', 0)?.seq ?? 0]);
    expect(spool.status()).toMatchObject({ pending: 0, parked: 1, oldestAt: null });
  });

  test('lists parked entries first, and lets them wait again where they stood', async () => {
    const spool = open();
    const [one, two, three] = [spooled(), spooled(), spooled()];
    for (const entry of [one, two, three]) await spool.put(entry);
    spool.park(spool.next('42', 0)?.seq ?? 0, 'refused: no good');
    spool.countAttempt(spool.next('42', 0)?.seq ?? 0, 'away');
    expect(spool.list(10)).toMatchObject([
      { deliveryId: one.delivery.deliveryId, state: 'parked', attempts: 1, reason: 'refused: no good' },
      { deliveryId: two.delivery.deliveryId, state: 'pending', attempts: 1, reason: 'away' },
      { deliveryId: three.delivery.deliveryId, state: 'pending', attempts: 0, reason: null },
    ]);
    expect(spool.retry([two.delivery.deliveryId])).toBe(0);
    expect(spool.retry([one.delivery.deliveryId])).toBe(1);
    expect(waiting(spool)).toEqual([one, two, three].map(({ delivery }) => delivery.deliveryId));
    expect(spool.status()).toMatchObject({ pending: 3, parked: 0 });
  });

  test('tries repositories that failed less often first', async () => {
    const spool = open();
    for (const repositoryId of [1, 2, 3]) await spool.put(spooled({ repositoryId }));
    spool.countAttempt(spool.newest('1') ?? 0, 'away');
    expect(spool.repositories(2)).toEqual(['2', '3']);
    expect(spool.repositories(9)).toEqual(['2', '3', '1']);
  });

  test('is shared by two processes that have the file open', async () => {
    const [one, other] = [open(), open()];
    await Promise.all([one.put(spooled()), other.put(spooled()), one.put(spooled())]);
    expect(one.status().pending).toBe(3);
    other.remove([other.newest('42') ?? 0]);
    expect(one.status().pending).toBe(2);
  });

  test('can be read by its owner alone', async () => {
    await open().put(spooled());
    for (const name of ['', '-wal', '-shm']) expect(statSync(`${path}${name}`).mode & 0o077).toBe(0);
  });

  test('refuses what is beyond its bound, says so once a minute at most, and takes more when there is room', async () => {
    const first = spooled();
    const spool = open(sizeOf(first.delivery) * 2.5);
    await spool.put(first);
    await spool.put(spooled());
    const { message } = (await rejection(spool.put(spooled()))) as Error;
    expect(message).toContain('SPOOL_LIMIT');
    expect(await rejection(spool.put(spooled()))).toMatchObject(unavailable);
    // What is there already needs no room.
    await spool.put(first);
    expect(await rejection(spool.put(spooled()))).toMatchObject(unavailable);
    expect(spool.status()).toMatchObject({ state: 'full', pending: 2 });
    expect(log.messages('error')).toHaveLength(1);
    clock.advance(60_000);
    expect(await rejection(spool.put(spooled()))).toMatchObject(unavailable);
    expect(log.messages('error')).toHaveLength(2);
    spool.remove([spool.newest('42') ?? 0]);
    await spool.put(spooled());
    expect(spool.status()).toMatchObject({ state: 'ok', pending: 2, lastError: null });
  });

  describe('whose file is damaged', () => {
    const garbage = Buffer.alloc(8_192, 'not a database ');

    test('opens all the same, refuses, raises the alarm and leaves the file as it is', async () => {
      await open().put(spooled());
      for (const spool of opened.splice(0)) spool.close();
      writeFileSync(path, garbage);
      const spool = open();
      expect(spool.status()).toMatchObject({ state: 'broken', pending: null, bytes: null });
      expect(spool.status().lastError).toContain('not a database');
      expect(await rejection(spool.put(spooled()))).toMatchObject(unavailable);
      expect(() => spool.newest('42')).toThrow('not a database');
      expect(readFileSync(path)).toEqual(garbage);
      expect(log.messages('error')).toHaveLength(1);
      expect(log.messages('error')[0]).toContain('move it away');
    });

    test('in the middle is found at the opening, not only when that place is read', async () => {
      const entries = Array.from({ length: 40 }, () => spooled());
      const before = open();
      await Promise.all(entries.map((entry) => before.put(entry)));
      before.close();
      const bytes = readFileSync(path);
      bytes.fill(0xff, 4 * 4_096, 8 * 4_096);
      writeFileSync(path, bytes);
      expect(open().status()).toMatchObject({ state: 'broken' });
      expect(readFileSync(path)).toEqual(bytes);
    });

    test('is made anew as soon as it was moved away', async () => {
      await open().put(spooled());
      for (const spool of opened.splice(0)) spool.close();
      writeFileSync(path, garbage);
      const spool = open();
      expect(await rejection(spool.put(spooled()))).toMatchObject(unavailable);
      renameSync(path, join(directory, 'aside.db'));
      await spool.put(spooled());
      expect(spool.status()).toMatchObject({ state: 'ok', pending: 1 });
      expect(log.messages('info')).toEqual(['the spool works again']);
    });

    test('is taken up again when it was mended, after a while', async () => {
      await open().put(spooled());
      for (const spool of opened.splice(0)) spool.close();
      const good = readFileSync(path);
      writeFileSync(path, garbage);
      const spool = open();
      writeFileSync(path, good);
      expect(spool.status().state).toBe('broken');
      clock.advance(10_000);
      expect(spool.status()).toMatchObject({ state: 'ok', pending: 1 });
    });

    test('so that one row cannot be read does not keep the others from being read', async () => {
      const spool = open();
      await spool.put(spooled());
      const database = new DatabaseSync(path);
      database.exec(`update entries set proof = '{'`);
      database.close();
      const entry = spool.next('42', 0);
      expect(() => decodeEntry(entry?.row)).toThrow('not JSON');
      expect(spool.status()).toMatchObject({ state: 'ok', pending: 1 });
    });
  });

  test('does not write into a file that was moved away under it', async () => {
    const spool = open();
    await spool.put(spooled());
    for (const name of ['', '-wal', '-shm']) renameSync(`${path}${name}`, join(directory, `aside${name}`));
    const entry = spooled();
    await spool.put(entry);
    expect(waiting(open())).toEqual([entry.delivery.deliveryId]);
  });

  test('of a newer version is left alone', async () => {
    open();
    const database = new DatabaseSync(path);
    database.exec('pragma user_version = 99');
    database.close();
    for (const spool of opened.splice(0)) spool.close();
    const spool = open();
    expect(spool.status()).toMatchObject({ state: 'broken' });
    expect(spool.status().lastError).toContain('version 99');
  });

  test('is broken, and no reason to crash, where there can be no file', async () => {
    writeFileSync(join(directory, 'data'), 'a file where the directory should be');
    const spool = open();
    expect(spool.status().state).toBe('broken');
    expect(await rejection(spool.put(spooled()))).toMatchObject(unavailable);
  });
});

/** https://sqlite.org/fileformat2.html#the_write_ahead_log: a header of 32 bytes, frames of a page and 24 bytes. */
function walFrames(path: string): number {
  return (statSync(`${path}-wal`).size - 32) / (4_096 + 24);
}
