import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, fixture, fixtureBytes, post, sign } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

describe('a delivery that is not taken', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startTestService({ env: { BODY_LIMIT: '64KiB' }, roles: ['ingest'] });
  });
  afterAll(() => service.stop());

  const body = fixtureBytes('push-force-rewrite');
  const large = Buffer.alloc(65 * 1_024, ' ');

  test.for<[string, Parameters<typeof post>[1], number, string]>([
    [
      'too large, before anything else',
      { body: large, headers: { 'content-type': 'text/plain' } },
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'of another content type',
      { body, headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_CONTENT_TYPE',
    ],
    [
      'of a content type that is none',
      { body, headers: { 'content-type': 'json' } },
      415,
      'UNSUPPORTED_CONTENT_TYPE',
    ],
    ['compressed', { body, headers: { 'content-encoding': 'gzip' } }, 415, 'UNSUPPORTED_CONTENT_TYPE'],
    ['with an empty signature', { body, headers: { 'x-gitea-signature': '' } }, 401, 'SIGNATURE_MISSING'],
    ['signed with another secret', { body, secret: 'another' }, 401, 'SIGNATURE_WRONG'],
    [
      'with a signature that is no hex',
      { body, headers: { 'x-gitea-signature': 'x'.repeat(64) } },
      401,
      'SIGNATURE_WRONG',
    ],
    [
      'with a wrong signature and no delivery id',
      { body, secret: 'x', deliveryId: '' },
      401,
      'SIGNATURE_WRONG',
    ],
    ['without a UUID', { body, deliveryId: 'not-a-uuid' }, 400, 'DELIVERY_ID_INVALID'],
    ['without a UUID and no JSON', { body: Buffer.from('{'), deliveryId: '' }, 400, 'DELIVERY_ID_INVALID'],
    ['that is no JSON', { body: Buffer.from('{"ref":') }, 400, 'BODY_NOT_JSON'],
    ['that is JSON but no object', { body: Buffer.from('[1]') }, 400, 'BODY_NOT_JSON'],
    [
      'that is empty',
      { body: Buffer.alloc(0), headers: { 'x-gitea-signature': sign(Buffer.alloc(0)) } },
      400,
      'BODY_NOT_JSON',
    ],
    ['that is no push', { body: bytesOf({ hello: 1 }) }, 422, 'PUSH_INVALID'],
  ])('%s', async ([, delivery, status, code]) => {
    const answer = await post(service.url, delivery);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(answer.body.error?.message.length).toBeGreaterThan(10);
    expect(answer.headers.get('connection')).toBe('close');
  });

  test('without a signature header', async () => {
    const response = await fetch(service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gitea-delivery': randomUUID() },
      body: new Uint8Array(body),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'SIGNATURE_MISSING' } });
  });

  test('names each field that a push must have', async () => {
    const invalid = { ...fixture('push-force-rewrite'), ref: 7, after: 'xyz', repository: { id: '42' } };
    const answer = await post(service.url, { body: bytesOf(invalid) });
    for (const field of ['ref:', 'after:', 'repository.id:', 'repository.full_name:']) {
      expect(answer.body.error?.message).toContain(field);
    }
  });

  test('is kept when it was signed, so that it can be taken again later', async () => {
    const deliveryId = randomUUID();
    const invalid = bytesOf({ ...fixture('push-force-rewrite'), ref: null });
    await post(service.url, { body: invalid, deliveryId });
    await post(service.url, { body: invalid, deliveryId });
    const kept = await service.rows<{ event_id: string; data: string; body: Buffer }>(
      `select * from pushledger.events where type = 'DeliveryRejected' and data::json ->> 'deliveryId' = $1`,
      [deliveryId],
    );
    expect(kept).toHaveLength(1);
    expect(kept[0]?.event_id).toBe(deliveryId);
    expect(JSON.parse(kept[0]?.data ?? '')).toMatchObject({ event: 'push', code: 'PUSH_INVALID' });
    expect(gunzipSync(kept[0]?.body ?? Buffer.alloc(0))).toEqual(invalid);
  });

  test('is not kept when it was not signed', async () => {
    const [before] = await service.rows<{ count: string }>(`select count(*) from pushledger.events`);
    await post(service.url, { body, secret: 'another' });
    expect(await service.rows(`select count(*) from pushledger.events`)).toEqual([before]);
  });

  test.for([
    ['x-forgejo-signature', sign(body)],
    ['x-gogs-signature', sign(body)],
    ['x-hub-signature-256', `sha256=${sign(body)}`],
  ] as const)('is taken with the signature in %s alone', async ([header, signature]) => {
    const answer = await post(service.url, {
      body,
      headers: { 'x-gitea-signature': '', [header]: signature },
    });
    expect(answer.status).toBe(200);
  });

  test('a GET of the hook is refused with what to use, and redirected nowhere', async () => {
    for (const url of [service.url, `${service.url}/`]) {
      const response = await fetch(url, { redirect: 'manual' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
    }
    const slash = await post(`${service.url}/`, { body });
    expect(slash.status).toBe(200);
  });
});
