import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../src/dashboard/api/endpoints/all.ts';
import { adminToken, ask, bearer } from '../dashboard/support/api.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

const id = '00000000-0000-4000-8000-000000000000';
const each = endpoints.map(({ method, path, access }) => ({
  method,
  path: path.replaceAll(/\{\w+\}/g, id),
  access,
}));
/** As a proxy hands on what comes from elsewhere. */
const fromElsewhere = { 'x-forwarded-for': '203.0.113.9' };

async function statusOf(
  service: RunningService,
  { method, path }: (typeof each)[number],
  headers: Record<string, string>,
) {
  const { status } = await ask(service, path, { method, headers, ...(method === 'POST' && { body: {} }) });
  return status;
}

describe.each([
  ['without an ADMIN_TOKEN', {}, 403],
  ['with an ADMIN_TOKEN', { ADMIN_TOKEN: adminToken }, 401],
] as const)('%s', (_what, env, refused) => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startTestService({ roles: ['dashboard'], env });
  });
  afterAll(() => service.stop());

  it('nothing that changes anything is open, not even on this machine', async () => {
    const changing = each.filter(({ access }) => access === 'admin');
    expect(changing.length).toBeGreaterThan(3);
    for (const endpoint of changing)
      expect(await statusOf(service, endpoint, {}), endpoint.path).toBe(refused);
  });

  it('nothing can be read from elsewhere', async () => {
    const reading = each.filter(({ access }) => access === 'read');
    expect(reading.length).toBeGreaterThan(8);
    for (const endpoint of reading)
      expect(await statusOf(service, endpoint, fromElsewhere), endpoint.path).toBe(refused);
  });

  it('every method but reading needs the token, or gives it', () => {
    for (const { method, path, access } of each)
      if (method !== 'GET') expect(['admin', 'sign-in'], path).toContain(access);
  });
});

describe('a page of another site', () => {
  it('changes nothing, even with the token', async () => {
    const service = await startTestService({ roles: ['dashboard'], env: { ADMIN_TOKEN: adminToken } });
    try {
      for (const endpoint of each.filter(({ access, method }) => access === 'admin' && method === 'POST')) {
        const headers = { ...bearer, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
        expect(await statusOf(service, endpoint, headers), endpoint.path).toBe(403);
      }
    } finally {
      await service.stop();
    }
  });
});
