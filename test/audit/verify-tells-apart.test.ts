import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeEvent } from '../../src/events/codec.ts';
import { streamOf } from '../../src/events/ids.ts';
import { bytesOf, fixture, post, sign, testSecret } from '../support/delivery.ts';
import { pushOf, pushReceived } from '../support/event-drafts.ts';
import { type AuditedService, sha, startAuditedService, zeros } from './support/audited-service.ts';
import { append, brokenStreams, named, textsOf } from './support/forging.ts';
import { auditKey } from './support/keys.ts';

describe('audit verify tells apart', () => {
  let service: AuditedService;
  beforeEach(async () => {
    service = await startAuditedService();
  });
  afterEach(() => service.stop());

  it('seals of another key from broken ones', async () => {
    await service.push('a');
    await service.seal();
    const report = await service.verify({ keys: [auditKey('not the key that sealed it')] });
    expect(report).toMatchObject({
      status: 'wrong-key',
      seals: { 'other-key': 1, broken: 0 },
      otherKeys: [auditKey().fingerprint],
    });
    expect(await service.verify({ keys: [auditKey('a newer key'), auditKey()] })).toMatchObject({
      status: 'intact',
    });
  });

  it('a secret that is not configured: unprovable', async () => {
    const [stream] = await service.push('a');
    const report = await service.verify({ secrets: { other: 'another secret of the tests' } });
    expect(report).toMatchObject({ status: 'intact', pushes: { proven: 0, unprovable: 1 } });
    expect(report.findings).toMatchObject([{ kind: 'unprovable', stream }]);
    expect(textsOf(report)).toContain('"default" is not configured');
  });

  it('a retired secret, under whatever name it is kept: proven', async () => {
    await service.push('a');
    const report = await service.verify({ secrets: { default: 'the new secret', old: testSecret } });
    expect(report).toMatchObject({ status: 'intact', pushes: { proven: 1 } });
  });

  it('a secret that has another value now from a forged push, by the seal', async () => {
    await service.push('a');
    const secrets = { default: 'the new secret of that name' };
    expect(await service.verify({ secrets })).toMatchObject({ status: 'broken', pushes: { broken: 1 } });
    await service.seal();
    const report = await service.verify({ secrets });
    expect(report).toMatchObject({ status: 'intact', pushes: { unprovable: 1, broken: 0 } });
    expect(textsOf(report)).toContain('retired: true');
  });

  it('a body that was too large to keep: unprovable', async () => {
    const signed = bytesOf(fixture('push-force-rewrite'));
    const push = pushOf('large', {
      body: {
        digest: createHash('sha256').update(signed).digest('hex'),
        size: signed.length,
        stored: false,
        contentType: 'json',
        signature: sign(signed),
        secret: 'default',
      },
    });
    await append(service, push);
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'intact', pushes: { unprovable: 1 } });
    expect(textsOf(report)).toContain('too large');
  });

  it('a push that recovery found: reconstructed', async () => {
    await append(service, pushOf('recovered', { source: 'recovery', deliveryId: null }));
    expect(await service.verify()).toMatchObject({
      status: 'intact',
      pushes: { reconstructed: 1, proven: 0 },
      findings: [],
    });
  });

  it('one whose webhook came later: proven by its confirmation', async () => {
    const body = {
      ...fixture('push-force-rewrite'),
      ref: 'refs/heads/topic',
      after: sha('a'),
      before: zeros,
    };
    const known = named({
      ...pushOf('recovered', {
        source: 'recovery',
        deliveryId: null,
        pushedAt: '2100-01-01T00:00:00Z',
        receivedAt: new Date().toISOString(),
      }),
      repository: { id: Number(body.repository.id), owner: 'a', name: 'b', fullName: 'a/b', url: null },
      ref: 'refs/heads/topic',
      after: sha('a'),
    });
    await service.ledger.store.append(encodeEvent(pushReceived(known)));
    const answer = await post(service.url, { body: bytesOf(body) });
    expect(answer.body).toMatchObject({ status: 'accepted', pushId: known.pushId });
    await service.settled();
    expect(await service.verify()).toMatchObject({
      status: 'intact',
      pushes: { proven: 1, reconstructed: 0 },
    });
    await service.tamper(
      `update pushledger.events set body = set_byte(body, 200, get_byte(body, 200) # 1)
       where type = 'PushConfirmed'`,
    );
    expect(brokenStreams(await service.verify())).toEqual([streamOf.confirmation(known.pushId)]);
  });

  it('a push that its projection has parked: no missing row', async () => {
    const [stream] = await service.push('a');
    await service.rows('delete from data_factory.runs');
    await service.rows(
      `insert into pushledger.parked_events (projection, event_id, stream, type, error, attempts, parked_at)
       select 'data_factory', event_id, stream, type, 'poison', 3, now() from pushledger.events where stream = $1`,
      [stream],
    );
    expect(await service.verify()).toMatchObject({
      status: 'intact',
      rows: [
        { missing: 0, parked: 1, surplus: 0 },
        { missing: 0, parked: 0 },
      ],
    });
  });
});
