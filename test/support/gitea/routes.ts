import { type Account, shownAccount } from './accounts.ts';
import { type Answer, notFound, paged, refused } from './answers.ts';
import { answerGit } from './git-routes.ts';
import { answerHooks } from './hook-routes.ts';
import type { HookScope } from './hooks.ts';
import { repositoryBody } from './payloads.ts';
import type { GiteaRepository } from './repository.ts';
import type { GiteaWorld, Token } from './world.ts';

export interface Call {
  readonly method: string;
  /** Below `/api/v1`, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly token: Token | null;
}

export interface RouteOptions {
  readonly version: string;
  readonly maxLimit: number;
  /** [security] DISABLE_WEBHOOKS. */
  readonly webhooksDisabled: boolean;
}

/** The documented answer of a good server. */
export function answerCall(world: GiteaWorld, call: Call, options: RouteOptions): Answer {
  const { method, path, query, body, token } = call;
  const { maxLimit } = options;
  if (path === '/version') return { status: 200, body: { version: options.version } };
  if (!token) return refused(401, 'token is required');
  const segments = path.slice(1).split('/').map(decodeURIComponent);
  const scopeError = missingScope(segments, method, token);
  if (scopeError) return scopeError;
  const show = (each: GiteaRepository) => repositoryBody(each, world.baseUrl);
  const hooks = (rest: string, scope: HookScope, repository: GiteaRepository | null = null) =>
    options.webhooksDisabled
      ? refused(403, 'webhooks disabled by administrator')
      : answerHooks({ world, method, rest, query, body, scope, repository, by: token.user, maxLimit });
  const visible = () => [...world.repositories.values()].filter((each) => maySee(world, token.user, each));

  const [first, second, third] = segments;
  if (first === 'user') {
    if (second === undefined) return { status: 200, body: shownAccount(token.user, world.baseUrl) };
    if (second === 'hooks') return hooks(after(path, 2), { kind: 'user', ownerId: token.user.id });
  }
  if ((first === 'users' || first === 'orgs') && second !== undefined) {
    const owner = world.accounts.find((each) => each.login.toLowerCase() === second.toLowerCase());
    if (!owner || (first === 'orgs' && owner.kind !== 'organisation')) return notFound;
    if (third === undefined) return { status: 200, body: shownAccount(owner, world.baseUrl) };
    if (third === 'repos') {
      return paged(
        visible()
          .filter((each) => each.owner === owner)
          .map(show),
        query,
        maxLimit,
      );
    }
    if (first === 'orgs' && third === 'hooks') {
      if (!mayAdminister(world, token.user, owner)) return refused(403, 'Must be an organization owner');
      return hooks(after(path, 3), { kind: 'organisation', ownerId: owner.id });
    }
  }
  if (first === 'admin' && second === 'hooks') {
    if (!token.user.isAdmin) return refused(403, 'user should be the site admin');
    return hooks(after(path, 2), { kind: 'system' });
  }
  if (first === 'repositories') {
    const found = visible().find(({ id }) => id === Number(second));
    return found ? { status: 200, body: show(found) } : notFound;
  }
  if (first === 'repos' && second === 'search') {
    const page = paged(visible().map(show), query, maxLimit);
    return { ...page, body: { ok: true, data: page.body } };
  }
  if (first !== 'repos' || second === undefined || third === undefined) return notFound;
  const repository = world.repository(second, third);
  if (!repository || !maySee(world, token.user, repository)) return redirectOf(world, call, second, third);
  const rest = segments.slice(3).join('/');
  if (rest === '') return { status: 200, body: show(repository) };
  if (segments[3] === 'hooks') {
    if (!mayAdminister(world, token.user, repository.owner)) {
      return refused(403, 'user should be an owner or a collaborator with admin write of a repository');
    }
    return hooks(after(path, 4), { kind: 'repository', repositoryId: repository.id }, repository);
  }
  return answerGit(repository, rest, query, { baseUrl: world.baseUrl, maxLimit }) ?? notFound;
}

function after(path: string, segments: number): string {
  const rest = path.split('/').slice(segments + 1);
  return rest.length === 0 ? '' : `/${rest.join('/')}`;
}

function redirectOf(world: GiteaWorld, { path }: Call, owner: string, name: string): Answer {
  const id = world.redirects.get(`${owner}/${name}`.toLowerCase());
  const target = id === undefined ? undefined : world.repositories.get(id);
  if (!target) return notFound;
  const location = `${world.baseUrl}/api/v1${path.replace(`${owner}/${name}`, target.fullName)}`;
  return { status: 307, body: undefined, location };
}

function missingScope([first, , third]: readonly string[], method: string, { scopes }: Token): Answer | null {
  const categories: Readonly<Record<string, readonly string[]>> = {
    repos: ['repository'],
    repositories: ['repository'],
    orgs: third === 'repos' ? ['organization', 'repository'] : ['organization'],
    users: third === 'repos' ? ['user', 'repository'] : ['user'],
    user: ['user'],
    admin: ['admin'],
  };
  const level = method === 'GET' ? 'read' : 'write';
  for (const category of categories[first ?? ''] ?? []) {
    const enough = ['all', `write:${category}`, ...(level === 'read' ? [`read:${category}`] : [])];
    if (!scopes.some((scope) => enough.includes(scope))) {
      const required = `[${level}:${category}]`;
      return refused(
        403,
        `token does not have at least one of required scope(s), required=${required}, token scope=${scopes.join(',')}`,
      );
    }
  }
  return null;
}

function maySee(world: GiteaWorld, user: Account, repository: GiteaRepository): boolean {
  return !repository.isPrivate || mayAdminister(world, user, repository.owner);
}

function mayAdminister(world: GiteaWorld, user: Account, owner: Account): boolean {
  return user.isAdmin || owner.id === user.id || world.members.has(`${owner.id}:${user.id}`);
}
