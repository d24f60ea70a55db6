import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/config/secret.ts';
import { apiPath, GiteaClient } from '../../src/gitea/client.ts';
import { GiteaError } from '../../src/gitea/errors.ts';
import { createHook, listHooks } from '../../src/gitea/repository-hooks.ts';
import { type GiteaDouble, type GiteaMode, startGitea } from '../support/gitea.ts';

let gitea: GiteaDouble;
let client: GiteaClient;
const repository = { owner: 'ann', name: 'factory' };
const token = new Secret('good-token');

beforeEach(async () => {
  gitea = await startGitea({ maxPage: 20 });
  client = new GiteaClient({ baseUrl: gitea.url, token, timeoutMs: 1000 });
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

describe('the list of hooks', () => {
  it('has those of all pages, also where the server allows fewer a page than we ask for', async () => {
    for (let n = 1; n <= 45; n++) gitea.addHook({ config: { url: `http://x/${n}`, content_type: 'json' } });
    const hooks = await listHooks(client, repository);
    expect(hooks.map((hook) => hook.id)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
    expect(gitea.requests).toHaveLength(3);
  });

  it('takes one request when there is none', async () => {
    expect(await listHooks(client, repository)).toEqual([]);
    expect(gitea.requests).toEqual([
      { method: 'GET', path: '/git/api/v1/repos/ann/factory/hooks', authorization: 'token good-token' },
    ]);
  });
});

describe('an answer that is not good', () => {
  it.each<[GiteaMode, string, number | null]>([
    ['unauthorized', 'unauthorized', 401],
    ['forbidden', 'forbidden', 403],
    ['not-found', 'not-found', 404],
    ['html', 'not-json', 200],
    ['bad-gateway', 'server-error', 502],
    ['redirect', 'redirected', 301],
  ])('in mode %s has the reason %s', async (mode, reason, httpStatus) => {
    gitea.mode = mode;
    const error = await failure(listHooks(client, repository));
    expect(error).toMatchObject({ code: 'GITEA_REJECTED', reason, httpStatus });
  });

  it('of another shape is refused with the place', async () => {
    const request = client.request('GET', '/repos/ann/factory/hooks', z.object({ version: z.string() }));
    expect(await failure(request)).toMatchObject({ reason: 'unexpected-answer' });
  });

  it('never repeats the token or the secret that was sent', async () => {
    gitea.mode = 'quoting';
    const wanted = { url: 'http://x', events: ['push'] };
    const error = await failure(createHook(client, repository, wanted, new Secret('hush-hush')));
    expect(error.message).toContain('and said "no good: token [secret]');
    expect(error.message).not.toMatch(/good-token|hush/);
  });
});

describe('no answer', () => {
  it('within the time-out is told as such', async () => {
    gitea.mode = 'hanging';
    const impatient = new GiteaClient({ baseUrl: gitea.url, token, timeoutMs: 50 });
    const error = await failure(listHooks(impatient, repository));
    expect(error).toMatchObject({ reason: 'timed-out', httpStatus: null });
    expect(error.message).toContain('no whole answer within 0.05 s');
  });

  it('includes an answer whose body never ends', async () => {
    const server = createServer((_request, response) => response.writeHead(200).write('['));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const impatient = new GiteaClient({ baseUrl, token, timeoutMs: 100 });
    expect(await failure(listHooks(impatient, repository))).toMatchObject({ reason: 'timed-out' });
    server.closeAllConnections();
    server.close();
  });

  it('because nobody listens is told with the code of the system', async () => {
    await gitea.close();
    const error = await failure(listHooks(client, repository));
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('because the caller gave up is told apart from a time-out', async () => {
    gitea.mode = 'hanging';
    const signal = AbortSignal.abort();
    const request = client.request('GET', '/version', z.unknown(), { signal });
    expect(await failure(request)).toMatchObject({ reason: 'aborted' });
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
