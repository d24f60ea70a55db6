import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../event-store/support/tcp-proxy.ts';
import { until } from '../support/condition.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { adminToken, ask, bearer, read, refusal } from './support/api.ts';

let proxy: TcpProxy;
let service: RunningService;
beforeAll(async () => {
  service = await startTestService({
    roles: ['dashboard'],
    env: { ADMIN_TOKEN: adminToken },
    via: async (url) => {
      proxy = await startTcpProxy(url);
      return proxy;
    },
  });
});
afterAll(async () => {
  proxy.restore();
  await service.stop();
  await proxy.close();
});

it('what cannot be read says so while the database is away, and is read again when it is back', async () => {
  await read(service, '/api/pushes');
  proxy.refuse();
  for (const path of ['/api/pushes', '/api/nodes', '/api/activity', '/api/hooks', '/api/notifications']) {
    expect(await refusal(service, path), path).toMatchObject({ status: 503, code: 'READ_UNAVAILABLE' });
  }
  const signIn = {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: { token: adminToken },
  };
  expect(await refusal(service, '/api/session', signIn)).toMatchObject({ status: 503 });
  // A bearer needs no database, nor does the page.
  await read(service, '/api/session', { headers: bearer });
  expect((await ask(service, '/')).status).toBe(200);
  proxy.restore();
  await until('the database', async () => (await ask(service, '/api/pushes')).status === 200);
});
