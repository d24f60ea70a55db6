import type { Account } from './accounts.ts';
import { type Answer, notFound, paged, refused } from './answers.ts';
import { type HookScope, known, type StoredHook, shownHook } from './hooks.ts';
import type { GiteaRepository } from './repository.ts';
import type { GiteaWorld } from './world.ts';

export interface HookCall {
  readonly world: GiteaWorld;
  readonly method: string;
  /** What follows `hooks` in the path. */
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly scope: HookScope;
  /** Of a repository's hooks, which alone can be tested. */
  readonly repository: GiteaRepository | null;
  readonly by: Account;
  readonly maxLimit: number;
}

/**
 * The hook API with what surprises its callers: a hook is inactive unless asked otherwise, the same hook can be made
 * twice, PATCH resets what it is not given and cannot set the secret, unknown events vanish, and the secret is never
 * shown.
 */
export function answerHooks(call: HookCall): Answer {
  const { world, method, rest, query, maxLimit, repository, by } = call;
  const own = world.hooks.filter(({ scope }) => isListedUnder(scope, call.scope));
  if (rest === '') {
    if (method === 'GET') {
      // Not paged, whatever is asked for, and with those that new repositories get, unless the type is named.
      if (call.scope.kind === 'system') {
        const listed = own.filter(({ scope }) => query.get('type') !== 'system' || scope.kind === 'system');
        return { status: 200, body: listed.map(shownHook) };
      }
      return paged(own.map(shownHook), query, maxLimit);
    }
    return method === 'POST' ? create(call) : notFound;
  }
  const [, id, test] = /^\/(\d+)(\/tests)?$/.exec(rest) ?? [];
  const hook = own.find((each) => each.id === Number(id));
  if (!hook) return notFound;
  if (test !== undefined) {
    if (method !== 'POST' || !repository) return notFound;
    world.testByRest(repository, hook, query.get('ref') || repository.defaultBranch, by);
    return { status: 204, body: undefined };
  }
  switch (method) {
    case 'GET':
      return { status: 200, body: shownHook(hook) };
    case 'PATCH':
      return edit(hook, call.body);
    case 'DELETE':
      world.removeHook(hook);
      return { status: 204, body: undefined };
    default:
      return notFound;
  }
}

function create({ world, body, scope }: HookCall): Answer {
  const { secret = '', ...config } = (body.config ?? {}) as Record<string, string>;
  const { is_system_webhook: isSystem, ...kept } = config;
  if (!/^https?:\/\//i.test(config.url ?? '')) return refused(422, 'Invalid url');
  const actual: HookScope = scope.kind === 'system' && isSystem !== 'true' ? { kind: 'default' } : scope;
  const hook = world.addHook(actual, {
    type: String(body.type ?? 'gitea'),
    active: body.active === true,
    config: kept,
    secret,
    events: known(body.events),
    branch_filter: String(body.branch_filter ?? ''),
    authorization_header: String(body.authorization_header ?? ''),
  });
  return { status: 201, body: shownHook(hook) };
}

function edit(hook: StoredHook, body: Record<string, unknown>): Answer {
  const {
    secret: _ignored,
    is_system_webhook: _kept,
    ...config
  } = (body.config ?? {}) as Record<string, string>;
  Object.assign(hook.config, config);
  if (typeof body.active === 'boolean') hook.active = body.active;
  hook.events = known(body.events);
  hook.branch_filter = String(body.branch_filter ?? '');
  hook.authorization_header = String(body.authorization_header ?? '');
  return { status: 200, body: shownHook(hook) };
}

function isListedUnder(scope: HookScope, asked: HookScope): boolean {
  if (asked.kind === 'system') return scope.kind === 'system' || scope.kind === 'default';
  return JSON.stringify(scope) === JSON.stringify(asked);
}
