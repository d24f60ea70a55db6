import { z } from 'zod';
import type { Commit } from '../../events/push-received.ts';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { GiteaError } from '../errors.ts';
import { commitSchema } from './commits.ts';
import type { RepositoryName } from './repositories.ts';

/** What is in one commit's history and not in another's. */
export interface Comparison {
  readonly totalCommits: number;
  /** Newest first, as Gitea gives them. */
  readonly commits: readonly Commit[];
}

const comparisonSchema = z
  .object({ total_commits: z.number().int().nonnegative(), commits: z.array(commitSchema).nullish() })
  .transform(
    ({ total_commits, commits }): Comparison => ({ totalCommits: total_commits, commits: commits ?? [] }),
  );

/**
 * The commits that `head` has and `base` has not: those that a push from `base` to `head` brought. Null where Gitea
 * does not know one of them any more (it was collected as garbage), and before Gitea 1.22, which has no such address.
 *
 * @throws GiteaError
 */
export async function compareCommits(
  client: GiteaClient,
  { owner, name }: RepositoryName,
  { base, head }: { readonly base: string; readonly head: string },
  request: Pick<GiteaRequest, 'signal'> = {},
): Promise<Comparison | null> {
  const path = apiPath('repos', owner, name, 'compare', `${base}...${head}`);
  try {
    return (await client.request('GET', path, comparisonSchema, request)).value;
  } catch (error) {
    if (error instanceof GiteaError && error.reason === 'not-found') return null;
    throw error;
  }
}
