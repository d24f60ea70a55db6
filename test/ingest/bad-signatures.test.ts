import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBadSignatures, networkOf } from '../../src/ingest/bad-signatures.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

const minute = 60_000;

function counting(limits = { windowMs: minute, perAddress: 2, addresses: 3 }) {
  let now = 0;
  const bad = createBadSignatures({ now: () => new Date(now) }, limits);
  return {
    of: (address: string) => bad.of(address),
    pass(ms: number) {
      now += ms;
    },
  };
}

describe('bad signatures of an address', () => {
  it('are told as what they are up to the limit, then when to look again', () => {
    const bad = counting();
    expect(bad.of('192.0.2.1').retryAfterSeconds).toBeNull();
    expect(bad.of('192.0.2.1').retryAfterSeconds).toBeNull();
    bad.pass(20_500);
    expect(bad.of('192.0.2.1').retryAfterSeconds).toBe(40);
    expect(bad.of('192.0.2.2').retryAfterSeconds).toBeNull();
  });

  it('begin anew when their minute is over, and how many were left out is told once', () => {
    const bad = counting();
    for (let count = 0; count < 5; count++) bad.of('192.0.2.1');
    bad.pass(minute);
    expect(bad.of('192.0.2.1')).toEqual({ retryAfterSeconds: null, suppressed: 3 });
    expect(bad.of('192.0.2.1')).toEqual({ retryAfterSeconds: null, suppressed: 0 });
  });

  it('are remembered of so many addresses, whoever sends from how many', () => {
    const bad = counting();
    for (let count = 0; count < 3; count++) bad.of('192.0.2.1');
    for (const last of [2, 3, 4]) bad.of(`192.0.2.${last}`);
    expect(bad.of('192.0.2.1').retryAfterSeconds).toBeNull();
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('count for the network that one host has: %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the receiver', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  it('answers 429 after thirty, and takes a valid delivery from the same address all the same', async () => {
    const body = bytesOf(fixture('push-force-rewrite'));
    const statuses: number[] = [];
    for (let count = 0; count < 30; count++) {
      const { status } = await post(service.url, { body, secret: 'wrong' });
      statuses.push(status);
    }
    expect(new Set(statuses)).toEqual(new Set([401]));
    const refused = await post(service.url, { body, secret: 'wrong' });
    expect(refused.status).toBe(429);
    expect(refused.body.error?.code).toBe('TOO_MANY_BAD_SIGNATURES');
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    const unsigned = { 'x-gitea-signature': '' };
    expect((await post(service.url, { body, headers: unsigned })).status).toBe(429);
    expect((await post(service.url, { body })).body.status).toBe('accepted');
    // Only the signature counts: other mistakes of a signed delivery are told as what they are.
    const noId = await post(service.url, { body, deliveryId: 'no-uuid' });
    expect(noId.status).toBe(400);
    expect((await post(service.url, { body: Buffer.from('{}'), deliveryId: randomUUID() })).status).toBe(422);
  });

  it('of a connection that was reset meanwhile have no address, and are counted all the same', () => {
    expect(networkOf(undefined)).toBe('');
  });
});
