import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { adminToken, ask, bearer, read, refusal } from './support/api.ts';

const other = 'another-token-of-the-tests';
const wrong = { authorization: `Bearer ${other}` };
const path = '/api/pushes';

function start(env: Record<string, string>, beside?: RunningService): Promise<RunningService> {
  const database = beside && { via: async () => ({ url: beside.databaseUrl }) };
  return startTestService({ roles: ['dashboard'], env, ...database });
}

/** With a service of its own, which does not outlive the work. */
async function withService(
  env: Record<string, string>,
  work: (service: RunningService) => Promise<void>,
  beside?: RunningService,
): Promise<void> {
  const service = await start(env, beside);
  try {
    await work(service);
  } finally {
    await service.stop();
  }
}

/** The cookie of an answer, as a browser sends it back. */
function cookieOf(setCookie: string[] | undefined): string {
  return setCookie?.[0]?.split(';', 1)[0] ?? '';
}
const samePage = { 'sec-fetch-site': 'same-origin' };

describe('on this machine, without an ADMIN_TOKEN', () => {
  let service: RunningService;
  let port: string;
  beforeAll(async () => {
    service = await start({});
    port = new URL(service.address).port;
  });
  afterAll(() => service.stop());

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('may be read at %s', async (host) => {
    await read(service, path, { headers: { host: `${host}:${port}` } });
    await read(service, path, { headers: { host } });
  });

  it.each<[string, Record<string, string>]>([
    ['a name that was bent to us', { host: 'evil.example' }],
    ['a name that only looks local', { host: 'localhost.evil.example' }],
    ['another address of loopback', { host: '127.0.0.2' }],
    ['a proxy by X-Forwarded-For', { host: 'localhost', 'x-forwarded-for': '203.0.113.9' }],
    ['a proxy by X-Forwarded-Proto', { host: 'localhost', 'x-forwarded-proto': 'https' }],
    ['a proxy by Forwarded', { host: 'localhost', forwarded: 'for=203.0.113.9' }],
    ['a proxy by Via', { host: 'localhost', via: '1.1 proxy' }],
    ['a proxy by X-Real-IP', { host: 'localhost', 'x-real-ip': '203.0.113.9' }],
  ])('is closed to %s, and says what to set', async (_what, headers) => {
    expect(await refusal(service, path, { headers })).toMatchObject({
      status: 403,
      code: 'ACCESS_CLOSED',
      message: expect.stringContaining('set ADMIN_TOKEN'),
    });
  });

  it('changes nothing for anybody', async () => {
    const posts = ['/api/notifications/retry', '/api/rebuilds', '/api/session'];
    for (const each of posts) {
      const body = { expected: 0, token: 'x' };
      expect(await refusal(service, each, { method: 'POST', body, headers: samePage }), each).toMatchObject({
        status: 403,
        code: 'ACCESS_CLOSED',
      });
    }
  });

  it('tells who asks that there is nothing to sign in with', async () => {
    expect(await read(service, '/api/session')).toEqual({
      signedIn: false,
      mayRead: true,
      canSignIn: false,
      expiresAt: null,
    });
  });

  it('leaves metrics and health as they are', async () => {
    const headers = { host: 'elsewhere.example', 'x-forwarded-for': '203.0.113.9' };
    for (const each of ['/metrics', '/webhook/health', '/livez']) {
      expect((await ask(service, each, { headers })).status, each).toBe(200);
    }
  });
});

describe('for others than this machine', () => {
  it.each([
    ['HOST is every address', { HOST: '0.0.0.0' }],
    ['PUBLIC_URL is elsewhere, so that a proxy is in front', { PUBLIC_URL: 'https://push.example.org' }],
  ])('is closed where %s', (_what, env) =>
    withService(env, async (service) => {
      const { port } = new URL(service.address);
      const local = { ...service, address: `http://127.0.0.1:${port}` };
      expect(await refusal(local, path)).toMatchObject({ status: 403, code: 'ACCESS_CLOSED' });
    }),
  );

  it('stays open where PUBLIC_URL is this machine too', () =>
    withService({ PUBLIC_URL: 'http://localhost:8080' }, async (service) => {
      await read(service, path);
    }));
});

describe('with an ADMIN_TOKEN', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await start({ ADMIN_TOKEN: adminToken });
  });
  afterAll(() => service.stop());
  /** As through a proxy that ends TLS. */
  const proxied = {
    host: 'push.example.org',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '203.0.113.9',
  };
  const page = { ...proxied, ...samePage, origin: 'https://push.example.org' };
  const signIn = (headers: Record<string, string> = page, token = adminToken) =>
    ask(service, '/api/session', { method: 'POST', headers, body: { token } });

  it('asks who comes through a proxy to sign in', async () => {
    expect(await refusal(service, path, { headers: proxied })).toMatchObject({
      status: 401,
      code: 'SIGN_IN_REQUIRED',
    });
  });

  it('may be read with the token as a bearer', async () => {
    await read(service, path, { headers: { ...proxied, ...bearer } });
  });

  it('may be read with the cookie of a sign-in, until it is signed out', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(200);
    const cookie = cookieOf(answer.headers['set-cookie']);
    await read(service, path, { headers: { ...proxied, cookie: `other=1; ${cookie}` } });
    const session = await read(service, '/api/session', { headers: { ...proxied, cookie } });
    expect(session).toMatchObject({ signedIn: true, mayRead: true, expiresAt: expect.any(String) });

    const out = await ask(service, '/api/session', { method: 'DELETE', headers: { ...page, cookie } });
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']?.[0]).toMatch(/=; Max-Age=0;/);
    expect(await refusal(service, path, { headers: { ...proxied, cookie } })).toMatchObject({ status: 401 });
  });

  it('gives a cookie that no script sees, no other site sends, and no plain connection carries', async () => {
    const [cookie] = (await signIn()).headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      /^pushledger_[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
    );
    const [plain] = (await signIn({ origin: service.address, ...samePage })).headers['set-cookie'] ?? [];
    expect(plain).not.toContain('Secure');
  });

  it('keeps nothing of a sign-in that somebody else could sign in with', async () => {
    const cookie = cookieOf((await signIn()).headers['set-cookie']);
    const rows = await service.rows<{ key: Buffer }>('select key from pushledger.sessions');
    for (const { key } of rows) {
      const forged = `${cookie.split('=')[0]}=${key.toString('base64url').padEnd(43, 'A')}`;
      expect(await refusal(service, path, { headers: { ...proxied, cookie: forged } })).toMatchObject({
        status: 401,
      });
    }
  });

  it('knows a cookie no longer than it is valid', async () => {
    const cookie = cookieOf((await signIn()).headers['set-cookie']);
    await service.rows(`update pushledger.sessions set expires_at = now() - interval '1 second'`);
    expect(await refusal(service, path, { headers: { ...proxied, cookie } })).toMatchObject({ status: 401 });
  });

  it.each<[string, Record<string, string>]>([
    ['another site, as its browser says', { 'sec-fetch-site': 'cross-site' }],
    ['another name of the same site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['a browser that says nothing, by its cookie', {}],
  ])('takes no order from %s', async (_what, headers) => {
    const cookie = cookieOf((await signIn()).headers['set-cookie']);
    const order = { method: 'POST', body: { expected: 0 }, headers: { ...proxied, cookie, ...headers } };
    expect(await refusal(service, '/api/notifications/retry', order)).toMatchObject({
      status: 403,
      code: 'CROSS_SITE',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['the page', samePage],
    ['the page, where only its origin is told', { origin: 'https://push.example.org' }],
    [
      'the page, where a proxy has changed the Host header',
      {
        host: '127.0.0.1:8080',
        'x-forwarded-host': 'push.example.org',
        origin: 'https://push.example.org',
      },
    ],
  ])('takes an order from %s', async (_what, headers) => {
    const cookie = cookieOf((await signIn()).headers['set-cookie']);
    const order = { method: 'POST', body: { expected: 0 }, headers: { ...proxied, cookie, ...headers } };
    expect(await read(service, '/api/notifications/retry', order)).toEqual({ retried: 0 });
  });

  it('takes an order by bearer from what is no browser, and none from another site', async () => {
    const order = { method: 'POST', body: { expected: 0 } };
    await read(service, '/api/notifications/retry', { ...order, headers: bearer });
    expect(
      await refusal(service, '/api/notifications/retry', {
        ...order,
        headers: { ...bearer, 'sec-fetch-site': 'cross-site' },
      }),
    ).toMatchObject({ status: 403, code: 'CROSS_SITE' });
  });

  it('lets who may only read change nothing', async () => {
    expect(
      await refusal(service, '/api/rebuilds', { method: 'POST', body: {}, headers: samePage }),
    ).toMatchObject({ status: 401, code: 'SIGN_IN_REQUIRED' });
  });

  it('takes no token that is in the address', async () => {
    expect(await refusal(service, `${path}?token=${adminToken}`, { headers: proxied })).toMatchObject({
      status: 401,
    });
  });
});

it('keeps sign-ins over a restart, and ends them when the token is another one', () =>
  withService({ ADMIN_TOKEN: adminToken }, async (first) => {
    const answer = await ask(first, '/api/session', {
      method: 'POST',
      body: { token: adminToken },
      headers: samePage,
    });
    const headers = { host: 'push.example.org', cookie: cookieOf(answer.headers['set-cookie']) };
    await withService(
      { ADMIN_TOKEN: adminToken },
      async (same) => void (await read(same, path, { headers })),
      first,
    );
    await withService(
      { ADMIN_TOKEN: other },
      async (changed) => expect(await refusal(changed, path, { headers })).toMatchObject({ status: 401 }),
      first,
    );
  }));

describe('wrong tokens', () => {
  const signIn = (service: RunningService, token: string) =>
    refusal(service, '/api/session', { method: 'POST', body: { token }, headers: samePage });

  it('are refused, and after a few of them every token is, for a while', () =>
    withService({ ADMIN_TOKEN: adminToken }, async (service) => {
      for (let attempt = 0; attempt < 5; attempt++) {
        expect(await refusal(service, path, { headers: wrong })).toMatchObject({
          status: 401,
          code: 'TOKEN_WRONG',
        });
      }
      const locked = await signIn(service, adminToken);
      expect(locked).toMatchObject({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
      expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
      expect(await refusal(service, path, { headers: bearer })).toMatchObject({ status: 429 });
    }));

  it('are not told by what is wrong with them', () =>
    withService({ ADMIN_TOKEN: adminToken }, async (service) => {
      const tokens = ['x', adminToken.slice(0, -1), `${adminToken}x`];
      const refusals = await Promise.all(tokens.map((token) => signIn(service, token)));
      expect(new Set(refusals.map(({ message }) => message)).size).toBe(1);
    }));
});
