import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeEvent } from '../../src/events/codec.ts';
import { type EventId, pushIdOf, streamOf } from '../../src/events/ids.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

const shaOf = (digit: string) => digit.repeat(40);

describe('one push, however often Gitea sends it', () => {
  let service: RunningService;
  let repositoryId = 1_000;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  /** A push to a repository of its own, so that no test sees another one's. */
  function pushBody(change: Record<string, unknown> = {}) {
    const body = fixture('push-force-rewrite');
    return { ...body, ...change, repository: { ...body.repository, id: repositoryId } };
  }

  async function counts(): Promise<Record<string, number>> {
    await service.settled();
    const [row] = await service.rows<Record<string, number>>(
      `select
         (select count(*)::int from data_factory.runs r join pushledger.repositories n using (node_id)
          where n.repository_id = $1) as runs,
         (select count(*)::int from pushledger.events e
          where e.type = 'PushReceived' and e.data::json -> 'repository' ->> 'id' = $1::text) as pushes,
         (select count(*)::int from pushledger.events e join data_factory.runs r on r.push_id::text = e.correlation_id
          join pushledger.repositories n using (node_id)
          where e.type = 'PushRedelivered' and n.repository_id = $1) as redeliveries,
         (select count(*)::int from pushledger.notifications m join data_factory.runs r on r.push_id = any(m.push_ids)
          join pushledger.repositories n using (node_id)
          where m.state = 'sent' and n.repository_id = $1) as messages`,
      [repositoryId],
    );
    return row ?? {};
  }

  test('the same delivery twice gets the same answer and is stored once', async () => {
    repositoryId++;
    const delivery = { body: bytesOf(pushBody()), deliveryId: randomUUID() };
    const first = await post(service.url, delivery);
    const second = await post(service.url, delivery);
    expect(first.body.status).toBe('accepted');
    expect(second).toMatchObject({ status: first.status, body: first.body });
    expect(await counts()).toEqual({ runs: 1, pushes: 1, redeliveries: 0, messages: 1 });
  });

  test('the same bytes under another delivery id are a duplicate, and recorded as such', async () => {
    repositoryId++;
    const body = bytesOf(pushBody());
    const first = await post(service.url, { body });
    const deliveryId = randomUUID();
    const second = await post(service.url, { body, deliveryId });
    expect(second.status).toBe(200);
    expect(second.body).toEqual({ status: 'duplicate', pushId: first.body.pushId, deliveryId });
    const again = await post(service.url, { body, deliveryId });
    expect(again.body).toEqual(second.body);
    expect(await counts()).toEqual({ runs: 1, pushes: 1, redeliveries: 1, messages: 1 });
  });

  test('20 deliveries of the same bytes at once are one push and 19 redeliveries', async () => {
    repositoryId++;
    const body = bytesOf(pushBody());
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(service.url, { body })));
    const statuses = answers.map((answer) => answer.body.status).sort();
    expect(statuses).toEqual(['accepted', ...Array<string>(19).fill('duplicate')]);
    expect(new Set(answers.map((answer) => answer.body.pushId)).size).toBe(1);
    expect(await counts()).toEqual({ runs: 1, pushes: 1, redeliveries: 19, messages: 1 });
  });

  test('A to B, forced back to A, to B again are three pushes', async () => {
    repositoryId++;
    const [a, b] = [shaOf('a'), shaOf('b')];
    const there = await post(service.url, { body: bytesOf(pushBody({ before: a, after: b })) });
    const back = await post(service.url, { body: bytesOf(pushBody({ before: b, after: a })) });
    const again = await post(service.url, {
      body: bytesOf(pushBody({ before: a, after: b, total_commits: 2 })),
    });
    expect([there, back, again].map((answer) => answer.body.status)).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(new Set([there, back, again].map((answer) => answer.body.pushId)).size).toBe(3);
    expect(await counts()).toEqual({ runs: 3, pushes: 3, redeliveries: 0, messages: 3 });
  });

  test('a branch that is deleted and made again at the same commit is a push each time', async () => {
    repositoryId++;
    const touched = (second: number) => ({
      repository: {
        ...fixture('delete-branch').repository,
        id: repositoryId,
        updated_at: `2026-02-03T04:05:${String(second).padStart(2, '0')}Z`,
      },
    });
    const made = (second: number) => ({
      body: bytesOf({ ...pushBody({ before: shaOf('0'), after: shaOf('c') }), ...touched(second) }),
    });
    const deleted = (second: number) => ({
      body: bytesOf({ ...fixture('delete-branch'), ...touched(second) }),
      event: 'delete',
    });
    const ids = new Set<string | undefined>();
    for (const delivery of [made(1), deleted(2), made(3), deleted(4), made(5)]) {
      const answer = await post(service.url, delivery);
      expect(answer.body.status).toBe('accepted');
      ids.add(answer.body.pushId);
    }
    expect(ids.size).toBe(5);
    expect(await counts()).toMatchObject({ runs: 5, pushes: 5, messages: 5 });
  });

  test('a redelivery of the first of two pushes to one commit is known as such', async () => {
    repositoryId++;
    const first = bytesOf(pushBody({ total_commits: 1 }));
    const second = bytesOf(pushBody({ total_commits: 2 }));
    const firstId = (await post(service.url, { body: first })).body.pushId;
    const secondId = (await post(service.url, { body: second })).body.pushId;
    expect((await post(service.url, { body: first })).body).toMatchObject({
      status: 'duplicate',
      pushId: firstId,
    });
    expect((await post(service.url, { body: second })).body).toMatchObject({
      status: 'duplicate',
      pushId: secondId,
    });
    expect(await counts()).toMatchObject({ pushes: 2, redeliveries: 2 });
  });

  test('a push to a commit that a ref came back to a hundred times finds the next free id', async () => {
    repositoryId++;
    for (let time = 0; time < 100; time++) {
      const answer = await post(service.url, { body: bytesOf(pushBody({ total_commits: time })) });
      expect(answer.body.status).toBe('accepted');
    }
    expect((await post(service.url, { body: bytesOf(pushBody({ total_commits: 99 })) })).body.status).toBe(
      'duplicate',
    );
    expect(await counts()).toMatchObject({ pushes: 100, redeliveries: 1 });
  });

  test('a known delivery id with other bytes is a push of its own, and its retry is the same', async () => {
    repositoryId++;
    const deliveryId = randomUUID();
    const first = await post(service.url, { body: bytesOf(pushBody({ after: shaOf('d') })), deliveryId });
    const other = { body: bytesOf(pushBody({ after: shaOf('e') })), deliveryId };
    const second = await post(service.url, other);
    expect(second.body.status).toBe('accepted');
    expect(second.body.pushId).not.toBe(first.body.pushId);
    expect((await post(service.url, other)).body).toEqual(second.body);
    expect(await counts()).toEqual({ runs: 2, pushes: 2, redeliveries: 0, messages: 2 });
  });

  test('at most 100 redeliveries of a push are stored, and further ones still get their answer', async () => {
    repositoryId++;
    const body = bytesOf(pushBody());
    await post(service.url, { body });
    for (let round = 0; round < 12; round++) {
      const answers = await Promise.all(Array.from({ length: 9 }, () => post(service.url, { body })));
      expect(answers.every((answer) => answer.body.status === 'duplicate')).toBe(true);
    }
    const { redeliveries = 0 } = await counts();
    // The count is read before the append, so that a few at once may all be let through.
    expect(redeliveries).toBeGreaterThanOrEqual(100);
    expect(redeliveries).toBeLessThan(108);
  });

  describe('a push that recovery had found', () => {
    const pushedAt = '2026-02-03T04:05:30Z';

    async function recover(after: string) {
      const key = { instance: 'gitea.test', repositoryId, ref: 'refs/heads/topic', after };
      const pushId = pushIdOf(key, 0);
      await service.ledger.store.append(
        encodeEvent({
          type: 'PushReceived',
          stream: streamOf.push(pushId),
          id: randomUUID() as EventId,
          correlationId: pushId,
          causationId: pushId,
          recordedAt: new Date(),
          data: {
            pushId,
            deliveryId: null,
            occurrence: 0,
            source: 'recovery',
            receivedAt: new Date().toISOString(),
            pushedAt,
            instance: key.instance,
            repository: {
              id: repositoryId,
              owner: 'acme',
              name: 'widgets',
              fullName: 'acme/widgets',
              url: null,
            },
            nodeId: 'gitea_push_widgets',
            ref: key.ref,
            refKind: 'branch',
            branch: 'topic',
            before: shaOf('1'),
            after,
            kind: 'updated',
            commits: [],
            head: null,
            totalCommits: 0,
            totalIsFloor: true,
            compareUrl: null,
            pusher: null,
            ignored: null,
            notes: [],
            body: null,
          },
        }),
      );
      return pushId;
    }

    const webhook = (updatedAt: string, after: string, total = 1) => {
      const body = pushBody({ after, total_commits: total });
      return { body: bytesOf({ ...body, repository: { ...body.repository, updated_at: updatedAt } }) };
    };

    test('is confirmed by its own webhook: no second run, no second message', async () => {
      repositoryId++;
      const pushId = await recover(shaOf('7'));
      const late = webhook('2026-02-03T04:05:29Z', shaOf('7'));
      expect((await post(service.url, late)).body).toMatchObject({ status: 'accepted', pushId });
      expect((await post(service.url, late)).body).toMatchObject({ status: 'duplicate', pushId });
      expect(await counts()).toEqual({ runs: 1, pushes: 1, redeliveries: 1, messages: 1 });
      const [confirmation] = await service.rows<{ body: Buffer }>(
        `select body from pushledger.events where stream = $1`,
        [streamOf.confirmation(pushId)],
      );
      expect(confirmation?.body.length).toBeGreaterThan(100);
    });

    test('is not confirmed by a webhook of a repository that was touched later: that is another push', async () => {
      repositoryId++;
      const pushId = await recover(shaOf('8'));
      const answer = await post(service.url, webhook('2026-02-03T04:05:31Z', shaOf('8')));
      expect(answer.body.status).toBe('accepted');
      expect(answer.body.pushId).not.toBe(pushId);
      expect(await counts()).toMatchObject({ pushes: 2 });
    });

    test('is confirmed once: other bytes after that are another push', async () => {
      repositoryId++;
      const pushId = await recover(shaOf('9'));
      await post(service.url, webhook('2026-02-03T04:05:29Z', shaOf('9')));
      const other = await post(service.url, webhook('2026-02-03T04:05:28Z', shaOf('9'), 2));
      expect(other.body.status).toBe('accepted');
      expect(other.body.pushId).not.toBe(pushId);
    });
  });
});
