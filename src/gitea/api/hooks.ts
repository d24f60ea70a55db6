import { z } from 'zod';
import { Secret } from '../../config/secret.ts';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { listAll } from '../list-all.ts';
import type { RepositoryName } from './repositories.ts';

/** Where a hook is: it is called for one repository, for all of an organisation or of the token's user, or for all. */
export type HookPlace =
  | ({ readonly kind: 'repository' } & RepositoryName)
  | { readonly kind: 'organisation'; readonly owner: string }
  | { readonly kind: 'user' }
  | { readonly kind: 'system' };

/** A hook as it is in Gitea. */
export interface Hook {
  readonly id: number;
  readonly type: string;
  readonly active: boolean;
  readonly url: string;
  readonly contentType: string;
  readonly events: readonly string[];
  readonly branchFilter: string;
  /** A secret as well: sent back to Gitea when the hook is changed, never shown. */
  readonly authorizationHeader: string;
}

export interface WantedHook {
  readonly url: string;
  readonly events: readonly string[];
  /** Absent: whatever it is. "" sends all branches. */
  readonly branchFilter?: string;
  /** Sent with each delivery. Absent: none, and left as it is where the hook is there already. */
  readonly authorizationHeader?: string;
}

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

/**
 * All hooks of a place, over all pages. Of the whole instance, an older Gitea also lists those that are only copied to
 * new repositories, and tells no difference.
 *
 * @throws GiteaError
 */
export async function listHooks(client: GiteaClient, place: HookPlace): Promise<Hook[]> {
  const query = place.kind === 'system' ? { type: 'system' } : {};
  const hooks = await listAll(client, hooksPath(place), hookSchema, { query, advice: adviceFor(place) });
  return [...new Map(hooks.map((hook) => [hook.id, hook])).values()];
}

/** @throws GiteaError */
export async function createHook(
  client: GiteaClient,
  place: HookPlace,
  wanted: WantedHook,
  secret: Secret,
): Promise<Hook> {
  const system = place.kind === 'system' ? { is_system_webhook: 'true' } : {};
  const request: GiteaRequest = {
    body: {
      type: 'gitea',
      // Gitea's own default is false.
      active: true,
      config: { url: wanted.url, content_type: 'json', secret: secret.reveal(), ...system },
      events: wanted.events,
      branch_filter: wanted.branchFilter ?? '',
      authorization_header: wanted.authorizationHeader ?? '',
    },
    secrets: [secret, ...(wanted.authorizationHeader ? [new Secret(wanted.authorizationHeader)] : [])],
    advice: adviceFor(place),
  };
  return (await client.request('POST', hooksPath(place), hookSchema, request)).value;
}

/**
 * Brings a hook to what is wanted. Everything is sent, because Gitea resets what is left out: events, branch filter
 * and authorization header. The secret cannot be changed this way. Events beyond the wanted ones stay.
 *
 * @throws GiteaError
 */
export async function updateHook(
  client: GiteaClient,
  place: HookPlace,
  existing: Hook,
  wanted: WantedHook,
): Promise<Hook> {
  const request: GiteaRequest = {
    body: {
      active: true,
      config: { url: wanted.url, content_type: 'json' },
      events: [...new Set([...existing.events, ...wanted.events])],
      branch_filter: wanted.branchFilter ?? existing.branchFilter,
      authorization_header: existing.authorizationHeader,
    },
    advice: adviceFor(place),
  };
  return (await client.request('PATCH', hookPath(place, existing.id), hookSchema, request)).value;
}

/** @throws GiteaError; with the reason `not-found` when it is gone already */
export async function deleteHook(client: GiteaClient, place: HookPlace, id: number): Promise<void> {
  await client.request('DELETE', hookPath(place, id), z.unknown(), { advice: adviceFor(place) });
}

/**
 * Asks for a test delivery of a repository's hook. Gitea only queues it: it says neither whether it was sent nor what
 * was answered, and sends none where the repository is empty, or the hook is inactive, does not want pushes or
 * filters the branch out.
 *
 * @param branch the test tells of its head
 * @throws GiteaError
 */
export async function testHook(
  client: GiteaClient,
  repository: RepositoryName,
  id: number,
  branch: string,
): Promise<void> {
  const place: HookPlace = { kind: 'repository', ...repository };
  const request = { query: { ref: `refs/heads/${branch}` }, advice: adviceFor(place) };
  await client.request('POST', `${hookPath(place, id)}/tests`, z.unknown(), request);
}

function hookPath(place: HookPlace, id: number): string {
  return `${hooksPath(place)}${apiPath(id)}`;
}

function hooksPath(place: HookPlace): string {
  switch (place.kind) {
    case 'repository':
      return apiPath('repos', place.owner, place.name, 'hooks');
    case 'organisation':
      return apiPath('orgs', place.owner, 'hooks');
    case 'user':
      return '/user/hooks';
    case 'system':
      return '/admin/hooks';
  }
}

/** How a person names the place. */
export function nameOfPlace(place: HookPlace): string {
  switch (place.kind) {
    case 'repository':
      return `${place.owner}/${place.name}`;
    case 'organisation':
      return `organisation ${place.owner}`;
    case 'user':
      return "all repositories of the token's user";
    case 'system':
      return 'the whole instance';
  }
}

function adviceFor(place: HookPlace): NonNullable<GiteaRequest['advice']> {
  const name = nameOfPlace(place);
  const [scope, right] = {
    repository: ['write:repository', `must be an administrator of ${name}`],
    organisation: ['write:organization', `must be an owner of the ${name}`],
    user: ['write:user', 'has to be the one whose repositories are meant'],
    system: ['write:admin', 'must be a site administrator'],
  }[place.kind];
  const what = place.kind === 'repository' ? `repository ${name}` : name;
  const check = place.kind === 'repository' ? 'owner and name' : 'the name';
  return {
    forbidden:
      `The token needs the scope ${scope} and its user ${right}; ` +
      'if both are so, webhooks are switched off for the whole server (DISABLE_WEBHOOKS in [security] of app.ini)',
    'not-found': `There is no ${what}, or the token's user may not see it: check ${check}`,
    refused: 'Check the address of the hook; Gitea takes http and https',
  };
}
