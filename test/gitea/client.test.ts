import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/config/secret.ts';
import { createHook, type HookPlace, listHooks } from '../../src/gitea/api/hooks.ts';
import { listRepositoriesOf } from '../../src/gitea/api/repositories.ts';
import { apiPath, GiteaClient } from '../../src/gitea/client.ts';
import { GiteaError } from '../../src/gitea/errors.ts';
import { listAll } from '../../src/gitea/list-all.ts';
import { until } from '../support/condition.ts';
import type { Misbehaviour } from '../support/gitea/misbehaviour.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';

const token = new Secret('good-token');
const place: HookPlace = { kind: 'repository', owner: 'acme', name: 'widgets' };
const anywhere = /./;

let gitea: GiteaDouble;
let pauses: number[];
let client: GiteaClient;

/** Takes no time over its pauses, and remembers them. */
const clock = {
  now: () => new Date(),
  sleep: async (ms: number) => {
    pauses.push(ms);
  },
};

beforeEach(async () => {
  gitea = await startGitea({ maxLimit: 20 });
  gitea.world.createRepository('acme', 'widgets');
  pauses = [];
  client = new GiteaClient({ baseUrl: gitea.url, token, timeoutMs: 1000, clock });
});

afterEach(() => gitea.close());

async function failure(promise: Promise<unknown>): Promise<GiteaError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GiteaError)) throw new Error(`expected a GiteaError, got ${String(error)}`);
  return error;
}

function addHooks(count: number): void {
  const repositoryId = gitea.world.repository('acme', 'widgets')?.id ?? 0;
  for (let n = 1; n <= count; n++) {
    gitea.world.addHook({ kind: 'repository', repositoryId }, { config: { url: `http://x/${n}` } });
  }
}

describe('a list', () => {
  it('has the items of all pages, also where the server allows fewer a page than we ask for', async () => {
    addHooks(45);
    const hooks = await listHooks(client, place);
    expect(hooks.map((hook) => hook.id)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
    expect(gitea.requests).toHaveLength(3);
  });

  it('takes one request when it is empty', async () => {
    expect(await listHooks(client, place)).toEqual([]);
    expect(gitea.requests).toMatchObject([
      { method: 'GET', path: '/repos/acme/widgets/hooks', authorization: 'token good-token' },
    ]);
  });

  it('ends at an empty page where the server tells no total', async () => {
    addHooks(45);
    gitea.misbehave(anywhere, 'no-total');
    expect(await listHooks(client, place)).toHaveLength(45);
    expect(gitea.requests).toHaveLength(4);
  });

  it('is whole when the server gives everything at once, whatever page is asked for', async () => {
    addHooks(45);
    gitea.misbehave(anywhere, 'no-paging');
    expect(await listHooks(client, place)).toHaveLength(45);
    expect(gitea.requests).toHaveLength(2);
  });

  it('is refused when the server repeats a page before the end: half a list is worse than none', async () => {
    addHooks(45);
    gitea.misbehave(anywhere, 'same-page');
    const error = await failure(listHooks(client, place));
    expect(error).toMatchObject({ reason: 'unexpected-answer' });
    expect(error.message).toContain('page 2 is page 1 again, after 20 of 45 items');
  });

  it('is given up when it does not end', async () => {
    addHooks(200);
    gitea.misbehave(anywhere, 'no-total');
    const endless = listAll(client, '/repos/acme/widgets/hooks', z.object({ id: z.number() }), {
      maxPages: 7,
    });
    expect(await failure(endless)).toMatchObject({ reason: 'unexpected-answer' });
    expect(gitea.requests).toHaveLength(7);
  });

  it('of 1,000 repositories comes whole, by name', async () => {
    for (let n = 1; n <= 999; n++) gitea.world.createRepository('acme', `app-${String(n).padStart(4, '0')}`);
    gitea.world.createUser('bob');
    gitea.world.createRepository('bob', 'other');
    const repositories = await listRepositoriesOf(client, 'ACME');
    expect(repositories).toHaveLength(1_000);
    expect(repositories[0]?.fullName).toBe('acme/app-0001');
    expect(repositories.at(-1)?.fullName).toBe('acme/widgets');
  });

  it('of repositories needs no other scope than that of repositories', async () => {
    gitea.world.createRepository('ada', 'own');
    gitea.world.createToken('narrow', gitea.world.account('ada'), ['read:repository']);
    const narrow = new GiteaClient({ baseUrl: gitea.url, token: new Secret('narrow'), clock });
    const names = (await listRepositoriesOf(narrow, 'acme')).map(({ fullName }) => fullName);
    expect(names).toEqual(['acme/widgets']);
    expect(gitea.requests.map(({ path }) => path)).toEqual(['/users/acme/repos', '/repos/search']);
  });
});

describe('an answer that is not good', () => {
  it.each<[Misbehaviour, string, number | null]>([
    ['unauthorized', 'unauthorized', 401],
    ['forbidden', 'forbidden', 403],
    ['not-found', 'not-found', 404],
    ['html', 'not-json', 200],
    ['bad-gateway', 'server-error', 502],
    ['server-error', 'server-error', 500],
    ['too-many', 'rate-limited', 429],
    ['redirect', 'redirected', 301],
    ['cut', 'unreachable', null],
  ])('that is %s has the reason %s', async (how, reason, httpStatus) => {
    gitea.misbehave(anywhere, how);
    const error = await failure(listHooks(client, place));
    expect(error).toMatchObject({ code: 'GITEA_REJECTED', reason, httpStatus });
  });

  it('of another shape is refused with the place', async () => {
    const request = client.request('GET', '/repos/acme/widgets', z.object({ id: z.string() }));
    const error = await failure(request);
    expect(error).toMatchObject({ reason: 'unexpected-answer' });
    expect(error.message).toContain('another shape (id)');
  });

  it('of a list that is no list is refused', async () => {
    gitea.misbehave(anywhere, { alter: () => ({ data: [] }) });
    expect(await failure(listHooks(client, place))).toMatchObject({ reason: 'unexpected-answer' });
    gitea.behave();
    gitea.misbehave(anywhere, { alter: () => ({ ok: true, data: 7 }) });
    const search = listAll(client, '/repos/search', z.unknown(), { inside: 'data' });
    expect(await failure(search)).toMatchObject({ reason: 'unexpected-answer' });
  });

  it('never repeats the token or the secret that was sent', async () => {
    gitea.misbehave(anywhere, 'quoting');
    const wanted = { url: 'http://x', events: ['push'] };
    const error = await failure(createHook(client, place, wanted, new Secret('hush-hush')));
    expect(error.message).toContain('and said "no good: token [secret]');
    expect(error.message).not.toMatch(/good-token|hush/);
  });

  it('for want of a scope names the scope', async () => {
    gitea.world.createToken('narrow', gitea.world.account('ada'), ['read:repository']);
    const narrow = new GiteaClient({ baseUrl: gitea.url, token: new Secret('narrow'), clock });
    const wanted = { url: 'http://x', events: ['push'] };
    const secret = new Secret('hush-hush');
    const places: [HookPlace, string][] = [
      [place, 'write:repository'],
      [{ kind: 'organisation', owner: 'acme' }, 'write:organization'],
      [{ kind: 'system' }, 'write:admin'],
      [{ kind: 'user' }, 'write:user'],
    ];
    for (const [each, scope] of places) {
      const error = await failure(createHook(narrow, each, wanted, secret));
      expect(error).toMatchObject({ reason: 'forbidden' });
      expect(error.message).toContain(`needs the scope ${scope}`);
    }
  });
});

describe('what came to nothing', () => {
  it.each<Misbehaviour>(['too-many', 'server-error', 'bad-gateway', 'cut'])(
    'because it was %s is asked for again',
    async (how) => {
      gitea.misbehave(anywhere, how, 2);
      expect(await listHooks(client, place)).toEqual([]);
      expect(gitea.requests).toHaveLength(3);
      expect(pauses).toHaveLength(2);
    },
  );

  it('waits as long as the server asks for', async () => {
    gitea.misbehave(anywhere, 'too-many', 1);
    await listHooks(client, place);
    expect(pauses).toEqual([1_000]);
  });

  it('is not asked for without end', async () => {
    gitea.misbehave(anywhere, 'server-error');
    await failure(listHooks(client, place));
    expect(gitea.requests).toHaveLength(4);
  });

  it.each<Misbehaviour>(['unauthorized', 'forbidden', 'not-found', 'html', 'redirect'])(
    'because it was %s is not asked for again: it would be the same',
    async (how) => {
      gitea.misbehave(anywhere, how);
      await failure(listHooks(client, place));
      expect(gitea.requests).toHaveLength(1);
    },
  );

  it('is not created again after a 5xx, as it may be there, but is after 429', async () => {
    const create = () => createHook(client, place, { url: 'http://x', events: ['push'] }, new Secret('hush'));
    gitea.misbehave(anywhere, 'server-error', 1);
    await failure(create());
    expect(gitea.requests).toHaveLength(1);
    gitea.misbehave(anywhere, 'too-many', 1);
    await create();
    expect(gitea.world.hooks).toHaveLength(1);
  });
});

describe('no answer', () => {
  it('within the time-out is told as such, and not waited for again', async () => {
    gitea.misbehave(anywhere, 'hanging');
    const impatient = new GiteaClient({ baseUrl: gitea.url, token, timeoutMs: 50, clock });
    const error = await failure(listHooks(impatient, place));
    expect(error).toMatchObject({ reason: 'timed-out', httpStatus: null });
    expect(error.message).toContain('no whole answer within 0.05 s');
    expect(gitea.requests).toHaveLength(1);
  });

  it('includes an answer whose body never ends', async () => {
    const server = createServer((_request, response) => response.writeHead(200).write('['));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const impatient = new GiteaClient({ baseUrl, token, timeoutMs: 100, clock });
    expect(await failure(listHooks(impatient, place))).toMatchObject({ reason: 'timed-out' });
    server.closeAllConnections();
    server.close();
  });

  it('because nobody listens is told with the code of the system', async () => {
    await gitea.close();
    const error = await failure(listHooks(client, place));
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('because the caller gave up is told apart from a time-out', async () => {
    gitea.misbehave(anywhere, 'hanging');
    const signal = AbortSignal.abort();
    const request = client.request('GET', '/version', z.unknown(), { signal });
    expect(await failure(request)).toMatchObject({ reason: 'aborted' });
  });
});

describe('requests at once', () => {
  it('are bounded over all callers, and none is forgotten', async () => {
    const two = new GiteaClient({ baseUrl: gitea.url, token, concurrency: 2 });
    gitea.misbehave(anywhere, 'not-found', 5);
    const release = gitea.hold();
    const lists = Array.from({ length: 30 }, () => listHooks(two, place));
    await until('two requests', () => gitea.requests.length === 2);
    release();
    const outcomes = await Promise.allSettled(lists);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
    expect(gitea.mostAtOnce()).toBe(2);
  });
});

describe('a path', () => {
  it('stays below the API, whatever its segments are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (segments) => {
        if (segments.some((segment) => /^\.{0,2}$/.test(segment))) {
          expect(() => apiPath(...segments)).toThrow(TypeError);
        } else {
          const { pathname } = new URL(`http://gitea/api/v1${apiPath(...segments)}`);
          expect(pathname.split('/').slice(3).map(decodeURIComponent)).toEqual(segments);
        }
      }),
    );
  });
});
