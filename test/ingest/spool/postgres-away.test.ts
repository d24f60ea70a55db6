import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../event-store/support/tcp-proxy.ts';
import { until } from '../../support/condition.ts';
import { bytesOf, fixture, post, type TestDelivery } from '../../support/delivery.ts';
import { type RunningService, startTestService } from '../../support/running-service.ts';
import { randomSha } from './support/spooled.ts';

interface Health {
  readonly status: string;
  readonly spool: { readonly state: string; readonly pending: number; readonly lastError: string | null };
}

describe.each(['refuse', 'freeze'] as const)('the service, while its PostgreSQL is away (%s)', (away) => {
  let proxy: TcpProxy;
  let service: RunningService;

  beforeEach(async () => {
    service = await startTestService({
      env: { SPOOL_AFTER: '300ms' },
      roles: ['ingest'],
      via: async (url) => {
        proxy = await startTcpProxy(url);
        return proxy;
      },
    });
  });
  afterEach(async () => {
    proxy.restore();
    await service.stop();
    await proxy.close();
  });

  const push = (repositoryId = 42): TestDelivery & { readonly after: string } => {
    const body = fixture('push-force-rewrite');
    const after = randomSha();
    const changed = { ...body, after, repository: { ...body.repository, id: repositoryId } };
    return { body: bytesOf(changed), deliveryId: randomUUID(), after };
  };
  const health = async () => (await (await fetch(`${service.address}/webhook/health`)).json()) as Health;
  const drained = () => until('an empty spool', async () => (await health()).spool.pending === 0, 20_000);

  /** The commits of a repository's pushes, in log order. */
  async function commits(repositoryId = 42): Promise<string[]> {
    const rows = await service.rows<{ after: string }>(
      `select data::json ->> 'after' as after from pushledger.events
       where type = 'PushReceived' and data::json -> 'repository' ->> 'id' = $1 order by position`,
      [String(repositoryId)],
    );
    return rows.map(({ after }) => after);
  }

  test('answers 202, shows what waits, and has every push once and in order when it is back', async () => {
    const before = push();
    expect((await post(service.url, before)).status).toBe(200);
    proxy[away]();
    const spooled = [push(), push(), push()];
    for (const each of spooled) {
      const answer = await post(service.url, each);
      expect(answer).toMatchObject({ status: 202, body: { status: 'spooled', deliveryId: each.deliveryId } });
    }
    const elsewhere = push(43);
    expect((await post(service.url, elsewhere)).status).toBe(202);
    expect((await post(service.url, spooled[0] ?? push())).status).toBe(202);
    expect((await fetch(`${service.address}/readyz`)).status).toBe(200);
    const report = await health();
    expect(report.status).toBe('degraded');
    expect(report.spool).toMatchObject({ state: 'ok', pending: 4, lastError: expect.any(String) });

    proxy.restore();
    await drained();
    const after = push();
    expect((await post(service.url, after)).status).toBe(200);
    expect(await commits()).toEqual([before, ...spooled, after].map((each) => each.after));
    expect(await commits(43)).toEqual([elsewhere.after]);
    const again = await post(service.url, spooled[0] ?? push());
    expect(again).toMatchObject({ status: 200, body: { status: 'accepted' } });
  });

  test('answers 422 for what is no push, and keeps it for later', async () => {
    proxy[away]();
    const invalid = bytesOf({ ...fixture('push-force-rewrite'), ref: null });
    const answer = await post(service.url, { body: invalid });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'PUSH_INVALID' } } });
    proxy.restore();
    await drained();
    const [kept] = await service.rows<{ digest: string }>(
      `select data::json -> 'body' ->> 'digest' as digest from pushledger.events where type = 'DeliveryRejected'`,
    );
    expect(kept?.digest).toBe(createHash('sha256').update(invalid).digest('hex'));
  });
});
