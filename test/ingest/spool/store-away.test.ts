import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../support/condition.ts';
import { bytesOf, fixture, type TestDelivery } from '../../support/delivery.ts';
import { randomSha } from './support/spooled.ts';
import { type SpooledIngest, spoolAfterMs, startSpooledIngest } from './support/spooled-ingest.ts';

/** A push of its own. */
function push(
  repositoryId = 42,
  change: Record<string, unknown> = {},
): TestDelivery & { readonly after: string } {
  const body = fixture('push-force-rewrite');
  const after = randomSha();
  const changed = { ...body, after, ...change, repository: { ...body.repository, id: repositoryId } };
  return { body: bytesOf(changed), deliveryId: randomUUID(), after };
}

describe('while the event store is away', () => {
  let ingest: SpooledIngest;
  beforeEach(() => {
    ingest = startSpooledIngest();
  });
  afterEach(() => ingest.stop());

  const commits = () => ingest.pushes().map(({ data }) => data.after);

  test('a push is spooled, and is in the log when the store is back', async () => {
    ingest.store.mode('fails');
    const sent = push();
    expect(await ingest.send(sent)).toBe('spooled');
    expect(ingest.status()).toMatchObject({
      state: 'ok',
      pending: 1,
      lastError: expect.stringContaining('away'),
    });
    ingest.store.mode('takes');
    await ingest.drained();
    const [event, ...more] = ingest.pushes();
    expect(more).toEqual([]);
    expect(event?.id).toBe(sent.deliveryId);
    expect(event?.data.body).toMatchObject({ stored: true, secret: 'test' });
    // Received when it came, recorded when the store took it.
    expect(event?.data.receivedAt).toBe('2026-02-03T00:00:00.000Z');
    expect(event?.metadata.timings).toMatchObject({
      spoolMs: expect.any(Number),
      verifyMs: expect.any(Number),
    });
    expect(ingest.status().lastError).toBeNull();
  });

  test('a store that says nothing gets its time and no more', async () => {
    ingest.store.mode('silent');
    let answer: string | null = null;
    const sending = ingest.send(push()).then((status) => {
      answer = status;
    });
    await until('the append', () => ingest.store.asked === 1);
    ingest.clock.advance(spoolAfterMs - 1);
    await new Promise(setImmediate);
    expect(answer).toBeNull();
    ingest.clock.advance(1);
    await sending;
    expect(answer).toBe('spooled');
  });

  test('only the first push waits for it: the others go to the spool at once, also of other repositories', async () => {
    ingest.store.mode('silent');
    const first = ingest.send(push(1));
    await until('the append', () => ingest.store.asked === 1);
    ingest.clock.advance(spoolAfterMs);
    await first;
    for (const repositoryId of [1, 2, 3]) expect(await ingest.send(push(repositoryId))).toBe('spooled');
    expect(ingest.store.asked).toBe(1);
  });

  test('the same delivery again is the same entry, and is answered as usual once it was drained', async () => {
    ingest.store.mode('fails');
    const sent = push();
    expect(await ingest.send(sent)).toBe('spooled');
    expect(await ingest.send(sent)).toBe('spooled');
    expect(ingest.status().pending).toBe(1);
    ingest.store.mode('takes');
    await ingest.drained();
    expect(await ingest.send(sent)).toBe('accepted');
    expect(await ingest.send({ ...sent, deliveryId: randomUUID() })).toBe('duplicate');
    expect(commits()).toEqual([sent.after]);
  });

  test('an append that had no answer and lands late is not stored twice', async () => {
    ingest.store.mode('silent');
    const sent = push();
    const sending = ingest.send(sent);
    await until('the append', () => ingest.store.asked === 1);
    ingest.clock.advance(spoolAfterMs);
    expect(await sending).toBe('spooled');
    // Now what was asked happens.
    ingest.store.mode('takes');
    expect(commits()).toEqual([sent.after]);
    await ingest.drained();
    expect(ingest.store.log).toHaveLength(1);
  });

  test('an append that was taken and never answered is not stored twice', async () => {
    ingest.store.mode('loses-answers');
    const sent = push();
    const sending = ingest.send(sent);
    await until('the append', () => commits().length === 1);
    ingest.clock.advance(spoolAfterMs);
    expect(await sending).toBe('spooled');
    ingest.store.mode('takes');
    await ingest.drained();
    expect(ingest.store.log).toHaveLength(1);
  });

  test('a push does not overtake one of its repository that waits, though the store is back', async () => {
    ingest.store.mode('fails');
    const [first, second] = [push(), push()];
    await ingest.send(first);
    ingest.store.mode('takes');
    expect(await ingest.send(second)).toBe('spooled');
    await ingest.drained();
    const third = push();
    expect(await ingest.send(third)).toBe('accepted');
    expect(commits()).toEqual([first.after, second.after, third.after]);
  });

  test('a push does not overtake one of its repository whose append has no answer yet', async () => {
    ingest.store.mode('silent');
    const [first, second] = [push(), push()];
    const sending = [ingest.send(first), ingest.send(second)];
    await until('the append', () => ingest.store.asked === 1);
    ingest.clock.advance(spoolAfterMs);
    expect(await Promise.all(sending)).toEqual(['spooled', 'spooled']);
    // The store was asked for the first one only: it cannot come back with the second one alone.
    expect(ingest.store.asked).toBe(1);
    ingest.store.mode('takes');
    await ingest.drained();
    expect(commits()).toEqual([first.after, second.after]);
  });

  test('what is no push is answered as such, and is kept as such when the store is back', async () => {
    ingest.store.mode('fails');
    expect(await ingest.send(push(42, { ref: null }))).toBe('PUSH_INVALID');
    expect(await ingest.send({ body: Buffer.from('{"ref":') })).toBe('BODY_NOT_JSON');
    expect(ingest.status().pending).toBe(2);
    ingest.store.mode('takes');
    await ingest.drained();
    expect(ingest.store.log.map(({ type }) => type)).toEqual(['DeliveryRejected', 'DeliveryRejected']);
  });

  test('a test delivery is spooled too, and what is not for us is nothing to keep', async () => {
    ingest.store.mode('fails');
    expect(await ingest.send({ body: bytesOf(fixture('push-web-ui-test-delivery')) })).toBe('spooled');
    expect(await ingest.send({ body: bytesOf(fixture('create-tag')), event: 'create' })).toBe('ignored');
    expect(await ingest.send({ ...push(), secret: 'another' })).toBe('SIGNATURE_WRONG');
    expect(ingest.status().pending).toBe(1);
    ingest.store.mode('takes');
    await ingest.drained();
    expect(ingest.store.log.map(({ type }) => type)).toEqual(['TestDeliveryReceived']);
  });

  test('the store is asked again in pauses that grow to seconds and no further', async () => {
    ingest.store.mode('fails');
    await ingest.send(push());
    ingest.drain();
    await ingest.passing('20 attempts', () => ingest.store.asked === 20);
    const at = ingest.clock.now().getTime();
    await ingest.passing('another one', () => ingest.store.asked === 21);
    expect(ingest.clock.now().getTime() - at).toBeGreaterThan(2_000);
    expect(ingest.clock.now().getTime() - at).toBeLessThan(6_000);
    expect(ingest.log.messages('warn')).toHaveLength(1);
  });

  test('one delivery that the store never answers keeps those of other repositories from nothing', async () => {
    ingest.store.mode('fails');
    const [stuck, other] = [push(1), push(2)];
    await ingest.send(stuck);
    await ingest.send(other);
    ingest.store.mode('takes');
    const append = ingest.store.append.bind(ingest.store);
    ingest.store.append = (event) =>
      event.id === stuck.deliveryId ? new Promise(() => undefined) : append(event);
    ingest.drain();
    await ingest.passing('the other one', () => ingest.status().pending === 1);
    expect(commits()).toEqual([other.after]);
  });
});

describe('a delivery that the store refuses for good', () => {
  let ingest: SpooledIngest;
  beforeEach(() => {
    ingest = startSpooledIngest();
  });
  afterEach(() => ingest.stop());

  test('is parked with an alarm, and the next one of its repository goes on', async () => {
    ingest.store.mode('fails');
    const [bad, good] = [push(), push()];
    await ingest.send(bad);
    await ingest.send(good);
    ingest.store.mode('takes');
    const append = ingest.store.append.bind(ingest.store);
    ingest.store.append = async (event) => {
      if (event.id === bad.deliveryId) ingest.store.mode('refuses');
      const outcome = append(event);
      ingest.store.mode('takes');
      return outcome;
    };
    await ingest.drained();
    expect(ingest.pushes().map(({ data }) => data.after)).toEqual([good.after]);
    expect(ingest.status()).toMatchObject({ pending: 0, parked: 1 });
    expect(ingest.log.messages('error')).toEqual([expect.stringContaining('pushledger spool list')]);
  });

  test('is parked also when it just came, for Gitea does not send it again', async () => {
    ingest.store.mode('refuses');
    expect(await ingest.send(push())).toBe('spooled');
    await ingest.drained();
    expect(ingest.status()).toMatchObject({ pending: 0, parked: 1 });
    // It is that delivery's fault and not the store's.
    expect(ingest.status().lastError).toBeNull();
    ingest.store.mode('takes');
    expect(await ingest.send(push())).toBe('accepted');
  });

  test('whose row in the file cannot be read is parked as well', async () => {
    ingest.store.mode('fails');
    await ingest.send(push());
    const database = new DatabaseSync(ingest.path);
    database.exec(`update entries set body = x'00'`);
    database.close();
    ingest.store.mode('takes');
    await ingest.drained();
    expect(ingest.status()).toMatchObject({ pending: 0, parked: 1 });
  });
});

describe('while the spool is broken', () => {
  let ingest: SpooledIngest;
  beforeEach(() => {
    ingest = startSpooledIngest();
  });
  afterEach(() => ingest.stop());

  test('a store that works takes everything', async () => {
    breakFile();
    expect(await ingest.send(push())).toBe('accepted');
    expect(ingest.pushes()).toHaveLength(1);
  });

  test('and the store away, a push is refused, and taken as soon as one of them is back', async () => {
    breakFile();
    ingest.store.mode('fails');
    expect(await ingest.send(push())).toBe('SPOOL_UNAVAILABLE');
    expect(await ingest.send(push())).toBe('SPOOL_UNAVAILABLE');
    expect(ingest.log.messages('error')).toHaveLength(1);
    ingest.store.mode('takes');
    expect(await ingest.send(push())).toBe('accepted');
  });

  /** The file is another one now, so that it is opened anew, and damaged. */
  function breakFile(): void {
    for (const name of ['-wal', '-shm']) rmSync(`${ingest.path}${name}`);
    writeFileSync(
      `${ingest.path}.new`,
      'not a database at all, and long enough to be looked at '.repeat(100),
    );
    renameSync(`${ingest.path}.new`, ingest.path);
    expect(ingest.status().state).toBe('broken');
  }
});
