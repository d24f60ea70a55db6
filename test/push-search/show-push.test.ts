import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PushId } from '../../src/events/ids.ts';
import { chainOf } from '../../src/push-search/chain.ts';
import { readSignedBytes, showPush } from '../../src/push-search/show-push.ts';
import { fixtureBytes, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

describe('all that is known of a push', () => {
  let service: RunningService;
  let pushId: PushId;
  const deliveries = [randomUUID(), randomUUID()];
  const body = fixtureBytes('push-12-commits-capped-5');
  beforeAll(async () => {
    service = await startTestService();
    for (const deliveryId of deliveries) {
      const answer = await post(service.url, { body, deliveryId });
      pushId = answer.body.pushId as PushId;
    }
    await service.settled();
  });
  afterAll(() => service.stop());

  const show = (id = pushId) => showPush(service.ledger.store, service.ledger.pool, id);

  it('is its facts and its commits', async () => {
    const push = await show();
    expect(push).toMatchObject({
      facts: { pushId, deliveryId: deliveries[0], totalCommits: 12 },
      confirmation: null,
    });
    expect(push?.facts.commits).toHaveLength(5);
  });

  it('is what was done for it, each with what led to it, in order', async () => {
    const push = await show();
    expect(push?.calls.map(({ functionName, depth }) => [functionName, depth])).toEqual([
      ['ingest.receive', 0],
      ['event_store.append', 1],
      ['data_factory.record', 2],
      ['ingest.receive', 0],
      ['matrix.send_message', 3],
    ]);
    const [receive, append] = push?.calls ?? [];
    expect(receive?.durationMs).toBeGreaterThan(0);
    expect(append?.parentCallId).toBe(receive?.callId);
  });

  it('is when it was delivered again', async () => {
    expect((await show())?.redeliveries).toEqual([
      { deliveryId: deliveries[1], receivedAt: expect.any(Date) },
    ]);
  });

  it('is the messages that name it', async () => {
    expect((await show())?.notifications).toMatchObject([{ state: 'sent', room: 'console', attempts: 1 }]);
  });

  it('is the verbatim bytes that Gitea signed', async () => {
    expect((await readSignedBytes(service.ledger.store, pushId))?.equals(body)).toBe(true);
  });

  it('is nothing where the log has no such push', async () => {
    const unknown = randomUUID() as PushId;
    expect(await show(unknown)).toBeNull();
    expect(await readSignedBytes(service.ledger.store, unknown)).toBeNull();
  });
});

describe('the chain of calls', () => {
  const call = (callId: string, parentCallId: string | null, at = 0) => ({
    callId,
    parentCallId,
    startedAt: new Date(at),
  });

  it('has what was caused behind its cause, also at the same time', () => {
    const chain = chainOf([call('c', 'b'), call('a', null), call('b', 'a')]);
    expect(chain.map(({ callId, depth }) => [callId, depth])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('ends where calls cause each other', () => {
    expect(chainOf([call('a', 'b'), call('b', 'a')])).toHaveLength(2);
  });
});
