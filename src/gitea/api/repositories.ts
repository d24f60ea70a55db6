import { z } from 'zod';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { GiteaError } from '../errors.ts';
import { listAll } from '../list-all.ts';

/** A repository by its name. */
export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

export interface Repository extends RepositoryName {
  readonly id: number;
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly archived: boolean;
  /** True before the first push: it has no commit. */
  readonly empty: boolean;
  /** Kept up to date by Gitea from elsewhere. */
  readonly mirror: boolean;
}

export const repositorySchema = z
  .object({
    id: z.number().int(),
    owner: z.object({ login: z.string() }),
    name: z.string(),
    full_name: z.string(),
    default_branch: z.string().nullish(),
    archived: z.boolean().nullish(),
    empty: z.boolean().nullish(),
    mirror: z.boolean().nullish(),
  })
  .transform(
    (repository): Repository => ({
      id: repository.id,
      owner: repository.owner.login,
      name: repository.name,
      fullName: repository.full_name,
      defaultBranch: repository.default_branch || 'main',
      archived: repository.archived === true,
      empty: repository.empty === true,
      mirror: repository.mirror === true,
    }),
  );

/**
 * For a name that a repository had before it was renamed or transferred Gitea answers with a redirect, which is a
 * GiteaError of the reason `redirected`: `getRepositoryById` finds it.
 *
 * @throws GiteaError
 */
export async function getRepository(
  client: GiteaClient,
  { owner, name }: RepositoryName,
): Promise<Repository> {
  const advice = {
    'not-found': `There is no repository ${owner}/${name}, or the token's user may not see it: check owner and name`,
    forbidden: 'The token needs the scope read:repository',
  };
  return (await client.request('GET', apiPath('repos', owner, name), repositorySchema, { advice })).value;
}

/** By its id, whatever its name is by now; null when it is gone, or the token may not see it. @throws GiteaError */
export async function getRepositoryById(client: GiteaClient, id: number): Promise<Repository | null> {
  try {
    return (await client.request('GET', apiPath('repositories', id), repositorySchema)).value;
  } catch (error) {
    if (error instanceof GiteaError && error.reason === 'not-found') return null;
    throw error;
  }
}

/**
 * All repositories of a user or organisation that the token's user may see, by name. Where the token may not ask for a
 * user (that takes the scope read:user), all that it may see are looked through, which takes read:repository alone.
 *
 * @throws GiteaError
 */
export async function listRepositoriesOf(
  client: GiteaClient,
  owner: string,
  request: Pick<GiteaRequest, 'signal'> = {},
): Promise<Repository[]> {
  const advice = {
    'not-found': `There is no user or organisation ${owner}, or the token's user may not see it`,
  };
  let found: Repository[];
  try {
    const path = apiPath('users', owner, 'repos');
    found = await listAll(client, path, repositorySchema, { ...request, advice });
  } catch (error) {
    if (!(error instanceof GiteaError && error.reason === 'forbidden')) throw error;
    found = (await searchRepositories(client, request)).filter((each) => isSameName(each.owner, owner));
  }
  return [...new Map(found.map((each) => [each.id, each])).values()].sort((a, b) =>
    a.fullName.localeCompare(b.fullName, 'en'),
  );
}

/** All repositories that the token's user may see. @throws GiteaError */
export async function searchRepositories(
  client: GiteaClient,
  request: Pick<GiteaRequest, 'signal'> = {},
): Promise<Repository[]> {
  const advice = { forbidden: 'The token needs the scope read:repository' };
  // Ordered by what does not change, so that no repository moves to another page meanwhile.
  const query = { sort: 'id', order: 'asc' };
  return listAll(client, '/repos/search', repositorySchema, { ...request, query, advice, inside: 'data' });
}

/** Gitea's names differ by more than case. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
