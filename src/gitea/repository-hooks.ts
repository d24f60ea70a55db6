import { z } from 'zod';
import type { Secret } from '../config/secret.ts';
import { apiPath, type GiteaClient, type GiteaRequest } from './client.ts';
import type { Hook, WantedHook } from './plan-hook.ts';

export interface Repository {
  readonly owner: string;
  readonly name: string;
}

const pageSize = 50;

/** No repository has so many hooks; a server that repeats its pages must not keep us for ever. */
const mostPages = 200;

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

/** What Gitea tells of a hook. Never the secret, and nothing at all of whether there is one. */
const hookSchema = z
  .object({
    id: z.number().int(),
    type: z.string(),
    active: z.boolean(),
    config: z.record(z.string(), z.string()).nullish(),
    events: z.array(z.string()).nullish(),
    branch_filter: optionalText,
    authorization_header: optionalText,
  })
  .transform(
    (hook): Hook => ({
      id: hook.id,
      type: hook.type,
      active: hook.active,
      url: hook.config?.url ?? '',
      contentType: hook.config?.content_type ?? '',
      events: hook.events ?? [],
      branchFilter: hook.branch_filter,
      authorizationHeader: hook.authorization_header,
    }),
  );

/** All hooks of a repository, over all pages. @throws GiteaError */
export async function listHooks(client: GiteaClient, repository: Repository): Promise<Hook[]> {
  const path = hooksPath(repository);
  const hooks = new Map<number, Hook>();
  for (let page = 1; page <= mostPages; page++) {
    const request = { query: { page, limit: pageSize }, advice: adviceFor(repository) };
    const { value, totalCount } = await client.request('GET', path, z.array(hookSchema), request);
    for (const hook of value) hooks.set(hook.id, hook);
    // A short page is no sign of the end: the server may allow less than we ask for.
    if (value.length === 0 || (totalCount !== null && hooks.size >= totalCount)) break;
  }
  return [...hooks.values()];
}

/** @throws GiteaError */
export async function createHook(
  client: GiteaClient,
  repository: Repository,
  wanted: WantedHook,
  secret: Secret,
): Promise<Hook> {
  const request: GiteaRequest = {
    body: {
      type: 'gitea',
      // Gitea's own default is false.
      active: true,
      config: { url: wanted.url, content_type: 'json', secret: secret.reveal() },
      events: wanted.events,
    },
    secrets: [secret],
    advice: adviceFor(repository),
  };
  return (await client.request('POST', hooksPath(repository), hookSchema, request)).value;
}

/**
 * Brings a hook to what is wanted. Everything is sent, because Gitea resets what is left out: events, branch filter
 * and authorization header. The secret cannot be changed this way. Events beyond the wanted ones stay.
 *
 * @throws GiteaError
 */
export async function updateHook(
  client: GiteaClient,
  repository: Repository,
  existing: Hook,
  wanted: WantedHook,
): Promise<Hook> {
  const request: GiteaRequest = {
    body: {
      active: true,
      config: { url: wanted.url, content_type: 'json' },
      events: [...new Set([...existing.events, ...wanted.events])],
      branch_filter: existing.branchFilter,
      authorization_header: existing.authorizationHeader,
    },
    advice: adviceFor(repository),
  };
  const path = `${hooksPath(repository)}${apiPath(existing.id)}`;
  return (await client.request('PATCH', path, hookSchema, request)).value;
}

function hooksPath({ owner, name }: Repository): string {
  return apiPath('repos', owner, name, 'hooks');
}

function adviceFor({ owner, name }: Repository): NonNullable<GiteaRequest['advice']> {
  return {
    forbidden:
      `The token needs the scope write:repository and its user must be an administrator of ${owner}/${name}; ` +
      'if both are so, webhooks are switched off for the whole server (DISABLE_WEBHOOKS in [security] of app.ini)',
    'not-found': `There is no repository ${owner}/${name}, or the token's user may not see it: check owner and name`,
    refused: 'Check the address of the hook; Gitea takes http and https',
  };
}
