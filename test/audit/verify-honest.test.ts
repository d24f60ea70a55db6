import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/runtime/errors.ts';
import { bytesOf, fixture, fixtureBytes, post, sign } from '../support/delivery.ts';
import { type AuditedService, sha, startAuditedService } from './support/audited-service.ts';
import { textsOf } from './support/forging.ts';

describe('audit verify of an honest log', () => {
  let service: AuditedService;
  beforeEach(async () => {
    service = await startAuditedService();
  });
  afterEach(() => service.stop());

  it('proves every push, every seal, every branch and every row', async () => {
    await service.push('a', 'b', 'c');
    await service.seal();
    const report = await service.verify();
    expect(report).toMatchObject({
      status: 'intact',
      pushes: { proven: 3, reconstructed: 0, unprovable: 0, broken: 0 },
      seals: { intact: 1, broken: 0, missing: 0, 'other-key': 0 },
      chains: { branches: 1, gaps: 0 },
      rows: [
        { table: 'data_factory.runs', rows: 3, missing: 0, surplus: 0 },
        { table: 'pushledger.pushes', rows: 3, missing: 0, surplus: 0 },
      ],
      findings: [],
    });
  });

  it('proves deliveries of every kind that Gitea sends', async () => {
    for (const name of [
      'push-tag-create',
      'push-tag-delete',
      'push-force-rewind',
      'delete-branch',
    ] as const) {
      const event = name === 'delete-branch' ? 'delete' : 'push';
      expect(await post(service.url, { body: fixtureBytes(name), event })).toMatchObject({ status: 200 });
    }
    const form = `payload=${encodeURIComponent(fixtureBytes('push-12-commits-capped-5').toString())}`;
    await post(service.url, {
      body: Buffer.from(form),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-gitea-signature': sign(fixtureBytes('push-12-commits-capped-5')),
      },
    });
    await post(service.url, { body: bytesOf({ ...fixture('push-force-rewrite'), ref: 7 }) });
    await service.settled();
    expect(await service.verify()).toMatchObject({
      status: 'intact',
      pushes: { proven: 5 },
      rejectedDeliveries: { proven: 1 },
    });
  });

  it('does not depend on the size of its pages', async () => {
    await service.push('a', 'b', 'c');
    await service.seal();
    await service.push('d');
    const report = await service.verify();
    expect(await service.verify({ pageSize: 1 })).toEqual(report);
  });

  it('says how much no seal covers yet, and since when', async () => {
    await service.push('a');
    expect((await service.verify()).unsealedTail.events).toBeGreaterThan(1);
    await service.seal();
    const sealed = await service.verify();
    // The seal itself is sealed by the next one.
    expect(sealed.unsealedTail).toEqual({ events: 1, since: expect.any(String) });
    await service.push('b');
    const { unsealedTail, status } = await service.verify();
    expect(unsealedTail.events).toBeGreaterThan(sealed.unsealedTail.events);
    expect(status).toBe('intact');
  });

  it('lists a push that Gitea never delivered as a gap, which is not broken', async () => {
    await service.push('a', 'b');
    const [stream] = await service.push({ before: sha('lost'), after: sha('d') });
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'intact', chains: { gaps: 1 } });
    expect(report.findings).toMatchObject([{ kind: 'gap', stream }]);
    expect(textsOf(report)).toContain(sha('lost'));
  });

  it('proves what a service does while it is at work', async () => {
    let pushing = true;
    const work = (async () => {
      for (let count = 0; pushing; count++) {
        const body = {
          ...fixture('push-force-rewrite'),
          before: sha(`${count}`),
          after: sha(`${count + 1}`),
        };
        await post(service.url, { body: bytesOf(body) });
      }
    })();
    try {
      for (let round = 0; round < 5; round++) {
        expect(await service.verify({ pageSize: 7 })).toMatchObject({ status: 'intact', findings: [] });
      }
    } finally {
      pushing = false;
      await work;
    }
  });

  it('ends when it is asked to', async () => {
    await service.push('a');
    const reason = new Error('stopped by SIGINT');
    await expect(service.verify({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('ends with what the store said when that goes away on the way', async () => {
    await service.push('a', 'b');
    const { store } = service.ledger;
    let pages = 0;
    const away = new CodedError('STORE_UNAVAILABLE', 'gone');
    const flaky = {
      ...store,
      readWhole: async (...args: Parameters<typeof store.readWhole>) => {
        if (pages++ === 2) throw away;
        return store.readWhole(...args);
      },
    };
    await expect(service.verify({ store: flaky, pageSize: 1 })).rejects.toBe(away);
  });
});
