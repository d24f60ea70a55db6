import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { decodeEvent } from '../../../src/events/codec.ts';
import type { DeliveryId } from '../../../src/events/ids.ts';
import { startOfLog } from '../../../src/events/ids.ts';
import { ignoreNothing } from '../../../src/events/ignore-rules.ts';
import { recordVerified } from '../../../src/ingest/record-verified.ts';
import { findRejected } from '../../../src/ingest/reprocess/find-rejected.ts';
import { type ReprocessOptions, reprocess } from '../../../src/ingest/reprocess/reprocess.ts';
import { type Understanding, understandDelivery } from '../../../src/ingest/understand-delivery.ts';
import type { VerifiedDelivery } from '../../../src/ingest/verify-delivery.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createPostgresLog } from '../../event-store/support/postgres-log.ts';
import { bytesOf, fixture, sign } from '../../support/delivery.ts';

const how: Understanding = { instance: 'gitea.test', owner: 'acme', ignore: ignoreNothing };
const signal = new AbortController().signal;

/** A body of a Gitea to come, which this version does not take for a push. */
function futureBody(text = 'one'): Buffer {
  const { ref, ...rest } = fixture('push-force-rewrite');
  return bytesOf({ ...rest, reference: ref, text });
}

/** The version to come, which does. */
const understandFuture: ReprocessOptions['understand'] = (delivery) => {
  const { reference, ...rest } = JSON.parse(delivery.signed.toString()) as Record<string, unknown>;
  return understandDelivery(how, { ...delivery, signed: bytesOf({ ...rest, ref: reference }) });
};

function deliveryOf(signed: Buffer, change: Partial<VerifiedDelivery> = {}): VerifiedDelivery {
  return {
    deliveryId: randomUUID() as DeliveryId,
    event: 'push',
    receivedAt: new Date('2026-02-03T04:05:06.789Z'),
    proof: {
      digest: createHash('sha256').update(signed).digest('hex'),
      size: signed.length,
      stored: true,
      contentType: 'json',
      signature: sign(signed),
      secret: 'default',
    },
    compressed: gzipSync(signed),
    timings: { readMs: 1 },
    ...change,
  };
}

describe('taking rejected deliveries again', () => {
  let log: Awaited<ReturnType<typeof createPostgresLog>>;
  let store: EventStore;
  const options = (change: Partial<ReprocessOptions> = {}): ReprocessOptions => ({
    store,
    clock: systemClock,
    understand: understandFuture,
    dryRun: false,
    signal,
    ...change,
  });

  beforeEach(async () => {
    log = await createPostgresLog();
    store = log.open();
  });
  afterEach(() => log.close());

  /** As ingest does it. */
  async function receive(signed: Buffer, change: Partial<VerifiedDelivery> = {}) {
    const delivery = deliveryOf(signed, change);
    const understood = understandDelivery(how, { ...delivery, signed });
    await recordVerified({ store, clock: systemClock }, understood, delivery);
    return delivery;
  }
  async function run(change: Partial<ReprocessOptions> = {}) {
    const results = [];
    for (const found of await findRejected({ store, signal })) {
      results.push(await reprocess(found, options(change)));
    }
    return results;
  }
  const eventsOf = async (type: string) =>
    (await store.readPage(startOfLog, 100)).events.filter((event) => event.type === type).map(decodeEvent);

  test('what a newer version understands becomes one push, with the id and time of its delivery', async () => {
    const delivery = await receive(futureBody());
    expect(await eventsOf('DeliveryRejected')).toHaveLength(1);
    const [result] = await run();
    expect(result).toMatchObject({ outcome: 'taken', reason: null });
    const pushes = await eventsOf('PushReceived');
    expect(pushes).toHaveLength(1);
    expect(pushes[0]).toMatchObject({
      data: {
        pushId: result?.pushId,
        deliveryId: delivery.deliveryId,
        receivedAt: '2026-02-03T04:05:06.789Z',
        source: 'webhook',
        body: { digest: delivery.proof.digest, stored: true },
      },
    });
    expect(Buffer.from((await store.readBody(pushes[0]?.stream ?? '')) ?? [])).toEqual(delivery.compressed);
  });

  test('a second run says that it is already taken, and stores nothing', async () => {
    await receive(futureBody());
    const [first] = await run();
    const head = await store.head();
    expect(await run()).toMatchObject([{ outcome: 'already-taken', pushId: first?.pushId }]);
    expect(await store.head()).toBe(head);
  });

  test('a run that was killed after the append, or two at once, give one push', async () => {
    await receive(futureBody());
    const [found] = await findRejected({ store, signal });
    if (!found) throw new Error('nothing was rejected');
    const results = await Promise.all([reprocess(found, options()), reprocess(found, options())]);
    results.push(await reprocess(found, options()));
    expect(new Set(results.map(({ pushId }) => pushId)).size).toBe(1);
    expect(await eventsOf('PushReceived')).toHaveLength(1);
  });

  test('what this version does not understand either stays as it is', async () => {
    await receive(futureBody());
    const head = await store.head();
    const results = await run({ understand: (delivery) => understandDelivery(how, delivery) });
    expect(results).toMatchObject([{ outcome: 'still-rejected', pushId: null }]);
    expect(results[0]?.reason).toContain('ref');
    expect(await store.head()).toBe(head);
  });

  test('a dry run says what would be taken and stores nothing', async () => {
    await receive(futureBody());
    const head = await store.head();
    expect(await run({ dryRun: true })).toMatchObject([{ outcome: 'taken', pushId: null }]);
    expect(await store.head()).toBe(head);
  });

  test('a push that Gitea has redelivered meanwhile is that one, told as a redelivery', async () => {
    const rejected = await receive(futureBody());
    const again = deliveryOf(futureBody());
    const understood = understandFuture({ ...again, signed: futureBody() });
    const redelivered = await recordVerified({ store, clock: systemClock }, understood, again);
    const [result] = await run();
    expect(result).toMatchObject({ outcome: 'taken', pushId: 'pushId' in redelivered && redelivered.pushId });
    expect(await eventsOf('PushReceived')).toHaveLength(1);
    expect(await eventsOf('PushRedelivered')).toMatchObject([{ data: { deliveryId: rejected.deliveryId } }]);
    expect(await run()).toMatchObject([{ outcome: 'already-taken' }]);
  });

  test('a push that came with the same delivery id and other bytes is not this delivery', async () => {
    const { deliveryId } = await receive(futureBody());
    await receive(bytesOf(fixture('push-force-rewind')), { deliveryId });
    expect(await eventsOf('PushReceived')).toHaveLength(1);
    expect(await run()).toMatchObject([{ outcome: 'taken' }]);
    expect(await run()).toMatchObject([{ outcome: 'already-taken' }]);
    expect(await eventsOf('PushReceived')).toHaveLength(2);
  });

  test('a test delivery is taken once', async () => {
    await receive(futureBody());
    const understand: ReprocessOptions['understand'] = (delivery) => ({
      ...understandFuture(delivery),
      content: { is: 'test', repository: { id: 1, fullName: 'acme/widgets' }, sender: null },
    });
    expect(await run({ understand })).toMatchObject([{ outcome: 'taken', pushId: null }]);
    expect(await run({ understand })).toMatchObject([{ outcome: 'already-taken', pushId: null }]);
    expect(await eventsOf('TestDeliveryReceived')).toHaveLength(1);
  });

  test('one whose bytes were too large to be kept is left to Gitea', async () => {
    const large = futureBody(Array.from({ length: 4_000 }, () => randomUUID()).join(' '));
    await receive(large);
    const [result] = await run();
    expect(result).toMatchObject({ outcome: 'not-kept' });
    expect(result?.reason).toContain('redeliver it in Gitea');
  });

  test.each([
    ['are not those that were signed', gzipSync('{"other":"bytes"}'), 'not those that Gitea signed'],
    ['cannot be decompressed', Buffer.from('no gzip'), 'cannot be decompressed'],
  ])('kept bytes that %s are told, and not taken', async (_case, compressed, text) => {
    await receive(futureBody(), { compressed });
    const [result] = await run();
    expect(result).toMatchObject({ outcome: 'damaged' });
    expect(result?.reason).toContain(text);
    expect(await eventsOf('PushReceived')).toHaveLength(0);
  });

  test('the log is read page by page, and an abort ends it', async () => {
    const abort = new AbortController();
    await receive(futureBody());
    abort.abort(new Error('enough'));
    await expect(findRejected({ store, signal: abort.signal })).rejects.toThrow('enough');
  });
});
