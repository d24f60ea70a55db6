import { z } from 'zod';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { listAll } from '../list-all.ts';
import type { RefHead } from './branches.ts';
import { shaSchema } from './commits.ts';
import type { RepositoryName } from './repositories.ts';

/** `id` is what the ref points to: of an annotated tag its own object, which is what a push names too. */
const tagSchema = z
  .object({ name: z.string(), id: shaSchema })
  .transform(({ name, id }): RefHead => ({ name, sha: id }));

/** All tags. @throws GiteaError */
export function listTags(
  client: GiteaClient,
  { owner, name }: RepositoryName,
  request: Pick<GiteaRequest, 'signal'> = {},
): Promise<RefHead[]> {
  const advice = { forbidden: 'The token needs the scope read:repository' };
  return listAll(client, apiPath('repos', owner, name, 'tags'), tagSchema, { ...request, advice });
}
