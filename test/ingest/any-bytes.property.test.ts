import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, fixture, fixtureNames, post, sign } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

/** Pieces of which odd but signed bodies are made. */
const fields = ['ref', 'before', 'after', 'repository', 'commits', 'head_commit', 'pusher', 'total_commits'];
const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constantFrom(
    '\0',
    '\ud800',
    '0'.repeat(40),
    'refs/heads/main',
    'refs/heads/\0',
    -1,
    1e308,
    2 ** 53,
    '__proto__',
  ),
);
const oddPush = fc
  .tuple(
    fc.constantFrom(...fixtureNames),
    fc.array(fc.tuple(fc.constantFrom(...fields), oddValue), { maxLength: 3 }),
  )
  .map(([name, changes]) => bytesOf({ ...fixture(name), ...Object.fromEntries(changes) }));
const anyBytes = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes));

describe('whatever comes to the hook', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  test('unsigned bytes get 4xx', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyBytes,
        fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
        async (body, signature) => {
          const answer = await post(service.url, {
            body,
            headers: { 'x-gitea-signature': signature.trim().replaceAll(/[^\x20-\x7e]/g, '') },
          });
          // The first thirty of a minute are told what they are.
          expect([401, 429]).toContain(answer.status);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('signed bytes that are no push get 4xx, and an error that says what is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.constantFrom('push', 'delete'), async (body, event) => {
        const answer = await post(service.url, { body, event });
        expect([400, 422]).toContain(answer.status);
        expect(answer.body.error?.message).toBeTruthy();
      }),
      { numRuns: 100 },
    );
  });

  test('signed bodies of odd shapes get 2xx or 4xx, never 5xx, and all that was accepted becomes a run', async () => {
    const accepted = new Set<string>();
    await fc.assert(
      fc.asyncProperty(oddPush, fc.constantFrom('push', 'delete', 'create'), async (body, event) => {
        const answer = await post(service.url, { body, event });
        expect([200, 400, 422]).toContain(answer.status);
        if (answer.body.status === 'accepted') accepted.add(answer.body.pushId ?? '');
      }),
      { numRuns: 600 },
    );
    await service.settled();
    const runs = await service.rows<{ push_id: string }>(`select push_id from data_factory.runs`);
    expect(new Set(runs.map((run) => run.push_id))).toEqual(accepted);
    expect(accepted.size).toBeGreaterThan(20);
  }, 60_000);

  test('odd headers never get 5xx', async () => {
    const name = fc.constantFrom(
      'x-gitea-event',
      'x-gitea-delivery',
      'content-type',
      'x-hub-signature-256',
      'expect',
    );
    const value = fc
      .string({ unit: 'grapheme-ascii', maxLength: 40 })
      .map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''));
    const body = bytesOf(fixture('push-force-rewrite'));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value), async (headers) => {
        const { expect: _, ...sendable } = headers;
        const answer = await post(service.url, { body, headers: sendable });
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });

  test('the service still takes a push', async () => {
    const body = bytesOf({
      ...fixture('push-force-rewrite'),
      after: randomUUID().replaceAll('-', '').padEnd(40, 'a'),
    });
    const answer = await post(service.url, { body, headers: { 'x-gitea-signature': sign(body) } });
    expect(answer.body.status).toBe('accepted');
  });
});
