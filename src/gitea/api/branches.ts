import { z } from 'zod';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { listAll } from '../list-all.ts';
import { shaSchema } from './commits.ts';
import type { RepositoryName } from './repositories.ts';

/** A branch or a tag, and what it points to. */
export interface RefHead {
  readonly name: string;
  readonly sha: string;
}

const branchSchema = z
  .object({ name: z.string(), commit: z.object({ id: shaSchema }) })
  .transform(({ name, commit }): RefHead => ({ name, sha: commit.id }));

/** All branches; none for an empty repository. @throws GiteaError */
export function listBranches(
  client: GiteaClient,
  { owner, name }: RepositoryName,
  request: Pick<GiteaRequest, 'signal'> = {},
): Promise<RefHead[]> {
  const advice = { forbidden: 'The token needs the scope read:repository' };
  return listAll(client, apiPath('repos', owner, name, 'branches'), branchSchema, { ...request, advice });
}
