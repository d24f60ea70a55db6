import { z } from 'zod';
import type { Commit } from '../../events/push-received.ts';
import { commitSchema, shaSchema } from '../api/commits.ts';
import type { RepositoryName } from '../api/repositories.ts';
import { apiPath, type GiteaClient } from '../client.ts';
import { pageSize, pagesOf } from '../list-all.ts';
import { readHistory } from './history.ts';

/** So much of a history is looked through: 1,000 commits. */
const maxPages = 20;

const parentsSchema = z.object({ sha: shaSchema, parents: z.array(z.object({ sha: shaSchema })).nullish() });
const linkedCommit = z.unknown().transform((answer, context) => {
  const [commit, links] = [commitSchema.safeParse(answer), parentsSchema.safeParse(answer)];
  if (commit.success && links.success) {
    return { commit: commit.data, parents: (links.data.parents ?? []).map(({ sha }) => sha) };
  }
  context.addIssue('not a commit');
  return z.NEVER;
});

/**
 * Gitea before 1.20 cannot leave out what another commit has: the history of `after` is read until it tells.
 *
 * @returns what was done, with the added commits newest first; null where that much of the history does not tell
 * @throws GiteaError
 */
export async function askOldGitea(
  client: GiteaClient,
  { owner, name }: RepositoryName,
  push: { readonly before: string; readonly after: string },
): Promise<{ readonly forced: boolean; readonly commits: readonly Commit[] | null } | null> {
  const path = apiPath('repos', owner, name, 'commits');
  const history = new Map<string, readonly string[]>();
  const commits: Commit[] = [];
  const query = { sha: push.after, stat: 'false' };
  for await (const { items } of pagesOf(client, path, linkedCommit, { query })) {
    for (const { commit, parents } of items) {
      if (!history.has(commit.id)) commits.push(commit);
      history.set(commit.id, parents);
    }
    const reading = readHistory(history, push);
    if (reading?.forced === false) {
      return { forced: false, commits: commits.filter(({ id }) => reading.added.has(id)) };
    }
    if (reading) return { forced: true, commits: null };
    if (commits.length >= maxPages * pageSize) return null;
  }
  return null;
}
