import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A hook as Gitea keeps it; the secret is here for the test to look at, and in no answer. */
export interface StoredHook {
  id: number;
  type: string;
  active: boolean;
  config: Record<string, string>;
  secret: string;
  events: string[];
  branch_filter: string;
  authorization_header: string;
}

export type GiteaMode =
  | 'good'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'html'
  | 'bad-gateway'
  | 'redirect'
  | 'hanging'
  | 'quoting';

export interface GiteaDouble {
  /** With a sub-path, as many installations have one. */
  readonly url: string;
  readonly hooks: StoredHook[];
  readonly requests: { method: string; path: string; authorization: string | undefined }[];
  mode: GiteaMode;
  addHook(hook: Partial<StoredHook>): StoredHook;
  close(): Promise<void>;
}

const knownEvents = ['create', 'delete', 'push', 'release', 'issues', 'pull_request'];

/**
 * Gitea's hook API over real HTTP, with what surprises callers of the real one: a hook is inactive unless asked
 * otherwise, the same hook can be made twice, PATCH resets what it is not given and cannot set the secret, unknown
 * events vanish, and the secret is never shown.
 */
export async function startGitea({ token = 'good-token', maxPage = 50 } = {}): Promise<GiteaDouble> {
  const hooks: StoredHook[] = [];
  const requests: GiteaDouble['requests'] = [];

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, { message: String(error) }));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://gitea');
    const method = request.method ?? '';
    requests.push({ method, path: url.pathname, authorization: request.headers.authorization });
    const body = method === 'GET' ? {} : ((await json(request)) as Record<string, unknown>);
    switch (double.mode) {
      case 'good':
        break;
      case 'unauthorized':
        return send(response, 401, { message: 'invalid username, password or token' });
      case 'forbidden':
        return send(response, 403, { message: 'token does not have at least one of required scope(s)' });
      case 'not-found':
        return send(response, 404, { message: "The target couldn't be found." });
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
        return;
      case 'bad-gateway':
        response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
        return;
      case 'redirect':
        response.writeHead(301, { location: 'https://other.example/gitea?token=x' }).end();
        return;
      case 'hanging':
        return;
      case 'quoting':
        return send(response, 422, {
          message: `no good: ${request.headers.authorization} ${JSON.stringify(body)}`,
        });
    }
    if (request.headers.authorization !== `token ${token}`) {
      return send(response, 401, { message: 'invalid username, password or token' });
    }
    const [, owner, repo, id] =
      /^\/git\/api\/v1\/repos\/([^/]+)\/([^/]+)\/hooks(?:\/(\d+))?$/.exec(url.pathname) ?? [];
    if (owner !== 'ann' || repo !== 'factory') {
      return send(response, 404, { message: "The target couldn't be found." });
    }
    if (method === 'GET' && id === undefined) return list(url, response);
    if (method === 'POST' && id === undefined) return create(body, response);
    const hook = hooks.find((each) => each.id === Number(id));
    if (method === 'PATCH' && hook) return edit(hook, body, response);
    return send(response, 404, { message: "The target couldn't be found." });
  }

  function list(url: URL, response: ServerResponse): void {
    const page = Number(url.searchParams.get('page') ?? 1);
    const limit = Math.min(Number(url.searchParams.get('limit') ?? 30), maxPage);
    response.setHeader('x-total-count', hooks.length);
    send(response, 200, hooks.slice((page - 1) * limit, page * limit).map(shown));
  }

  function create(body: Record<string, unknown>, response: ServerResponse): void {
    const { secret = '', ...config } = (body.config ?? {}) as Record<string, string>;
    const hook = double.addHook({ ...body, config, secret, events: known(body.events) });
    send(response, 201, shown(hook));
  }

  function edit(hook: StoredHook, body: Record<string, unknown>, response: ServerResponse): void {
    const { secret: _ignored, ...config } = (body.config ?? {}) as Record<string, string>;
    Object.assign(hook.config, config);
    if (typeof body.active === 'boolean') hook.active = body.active;
    hook.events = known(body.events);
    hook.branch_filter = String(body.branch_filter ?? '');
    hook.authorization_header = String(body.authorization_header ?? '');
    send(response, 200, shown(hook));
  }

  const double: GiteaDouble = {
    url: '',
    hooks,
    requests,
    mode: 'good',
    addHook(hook) {
      const stored: StoredHook = {
        type: 'gitea',
        active: false,
        config: {},
        secret: '',
        events: [],
        branch_filter: '',
        authorization_header: '',
        ...hook,
        id: hooks.length + 1,
      };
      hooks.push(stored);
      return stored;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(double, { url: `http://127.0.0.1:${port}/git` });
}

function known(events: unknown): string[] {
  return Array.isArray(events) ? knownEvents.filter((event) => events.includes(event)) : [];
}

function shown({ secret: _secret, ...hook }: StoredHook): Omit<StoredHook, 'secret'> {
  return hook;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
