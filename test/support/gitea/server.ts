import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody, refused, send } from './answers.ts';
import { distort, type Misbehaviour, Misbehaviours, misbehave } from './misbehaviour.ts';
import { answerCall, type RouteOptions } from './routes.ts';
import type { SenderOptions } from './sender.ts';
import { GiteaWorld } from './world.ts';

export interface GiteaOptions extends Partial<RouteOptions> {
  readonly now?: () => Date;
  readonly sender?: SenderOptions;
  /** Of the first user, who may do everything. */
  readonly token?: string;
}

export interface ReceivedRequest {
  readonly method: string;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
}

export interface GiteaDouble {
  /** With a sub-path, as many installations have one. */
  readonly url: string;
  readonly world: GiteaWorld;
  readonly requests: ReceivedRequest[];
  /** Requests under way at the same time, at most. */
  readonly mostAtOnce: () => number;
  /** @param where tested against such as `GET /repos/acme/widgets/hooks` */
  misbehave(where: RegExp, how: Misbehaviour, times?: number): void;
  behave(): void;
  /** Keeps requests waiting until the function that it gives is called. */
  hold(): () => void;
  close(): Promise<void>;
}

/**
 * Gitea over real HTTP: the REST API as documented, and webhooks as its sender sends them. It starts with the user
 * `ada`, a site administrator, whose token is `good-token`, and the organisation `acme`.
 */
export async function startGitea(options: GiteaOptions = {}): Promise<GiteaDouble> {
  const { token = 'good-token', version = '1.24.6', maxLimit = 50, webhooksDisabled = false } = options;
  const world = new GiteaWorld(options);
  const ada = world.createUser('ada', { isAdmin: true });
  world.createOrganisation('acme', { members: [ada] });
  world.createToken(token, ada);
  const requests: ReceivedRequest[] = [];
  const wrongs = new Misbehaviours();
  let underWay = 0;
  let mostAtOnce = 0;
  let held = Promise.resolve();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://gitea');
    const method = request.method ?? '';
    const path = url.pathname.replace(/^\/git\/api\/v1/, '');
    const { authorization } = request.headers;
    requests.push({ method, path, query: url.search, authorization });
    const body = await readBody(request);
    await held;
    const wrong = wrongs.take(method, path);
    if (wrong !== null && misbehave(wrong, request, response, body)) return;
    const query = url.searchParams;
    if (wrong === 'same-page' || wrong === 'no-paging') query.delete('page');
    const limit = wrong === 'no-paging' ? Number.POSITIVE_INFINITY : maxLimit;
    if (wrong === 'no-paging') query.set('limit', String(Number.MAX_SAFE_INTEGER));
    const given = authorization?.replace(/^token /, '');
    const known = given === undefined ? null : world.tokens.get(given);
    if (known === undefined) return send(response, refused(401, 'invalid username, password or token'));
    const call = { method, path, query, body, token: known };
    send(response, distort(wrong, answerCall(world, call, { version, maxLimit: limit, webhooksDisabled })));
  }

  const server = createServer((request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    response.on('close', () => underWay--);
    answer(request, response).catch((error: unknown) => send(response, refused(500, String(error))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git`;
  return {
    url: world.baseUrl,
    world,
    requests,
    mostAtOnce: () => mostAtOnce,
    misbehave: (where, how, times) => wrongs.add(where, how, times),
    behave: () => wrongs.clear(),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    close: () => {
      world.sender.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
