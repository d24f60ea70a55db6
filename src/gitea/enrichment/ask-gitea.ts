import { z } from 'zod';
import { maxEnrichedCommits, type PushEnriched } from '../../events/push-enriched.ts';
import type { Commit, PushReceived } from '../../events/push-received.ts';
import { listCommits } from '../api/commits.ts';
import { getRepositoryById, type Repository } from '../api/repositories.ts';
import { apiPath, type GiteaClient } from '../client.ts';
import { GiteaError } from '../errors.ts';
import { askOldGitea } from './ask-old-gitea.ts';
import { boundedCommits } from './bounded.ts';
import type { Needs } from './needs.ts';

/** What Gitea told of a push. */
export type Learnt = Pick<PushEnriched, 'commits' | 'totalCommits' | 'truncated' | 'forced' | 'notes'>;

export interface Question {
  readonly push: PushReceived;
  readonly needs: Needs;
  readonly repository: Repository;
}

/**
 * @param knowsNot whether the server leaves out what another commit has: Gitea from 1.20, and Forgejo
 * @throws GiteaError where it may be told another time
 */
export async function askGitea(
  client: GiteaClient,
  question: Question,
  knowsNot: () => Promise<boolean>,
): Promise<Learnt> {
  try {
    return (await knowsNot()) ? await ask(client, question) : await askOld(client, question);
  } catch (error) {
    const gone = await goneCommit(client, question, error);
    if (gone === null) throw error;
    return untold(question, `Gitea does not have the commit ${gone} any more`);
  }
}

/** Whether the server understands `not`: of the commits that a commit has and it itself has not, there are none. */
export async function understandsNot(
  client: GiteaClient,
  repository: Repository,
  sha: string,
): Promise<boolean> {
  return (await listCommits(client, repository, { sha, not: sha, atMost: 1 })).commits.length === 0;
}

async function ask(client: GiteaClient, question: Question): Promise<Learnt> {
  const { push, needs, repository } = question;
  const { before, after } = push;
  const forced =
    needs.forced && before !== null
      ? (await listCommits(client, repository, { sha: before, not: after, atMost: 1 })).commits.length > 0
      : null;
  if (!needs.commits) return { ...untold(question), forced, totalCommits: push.totalCommits };

  const not = push.kind === 'created' ? otherBranch(question) : before;
  const range = { sha: after, ...(not !== null && { not }), atMost: maxEnrichedCommits };
  const { commits, totalCount } = await listCommits(client, repository, range);
  const total = totalCount ?? (commits.length < maxEnrichedCommits ? commits.length : null);
  if (total === null) return { ...untold(question, 'Gitea did not tell how many commits there are'), forced };
  // A new branch that was merged meanwhile has no commits of its own any more.
  if (total < push.commits.length) {
    return { ...untold(question, `of its commits, ${repository.defaultBranch} has some by now`), forced };
  }
  const counted = push.kind === 'created' && not !== null ? [`commits that ${not} has are not counted`] : [];
  return { ...learnt(push, commits, total), forced, notes: counted };
}

/** What a new branch is compared with; null for the default branch itself. */
function otherBranch({ push, repository }: Question): string | null {
  return push.branch === repository.defaultBranch ? null : repository.defaultBranch;
}

async function askOld(client: GiteaClient, question: Question): Promise<Learnt> {
  const { push, repository } = question;
  const { before, after } = push;
  if (push.kind === 'created' || before === null) {
    return untold(question, 'Gitea before 1.20 does not tell the commits of a new branch');
  }
  const answer = await askOldGitea(client, repository, { before, after });
  if (!answer) return untold(question, 'the history is too long for what Gitea before 1.20 tells');
  const { forced, commits } = answer;
  if (!question.needs.commits) return { ...untold(question), forced, totalCommits: push.totalCommits };
  if (!commits) {
    return { ...untold(question, 'Gitea before 1.20 does not tell the commits of a forced push'), forced };
  }
  return { ...learnt(push, commits, commits.length), forced };
}

function learnt(push: PushReceived, newestFirst: readonly Commit[], total: number): Learnt {
  const commits = boundedCommits(newestFirst, push.commits);
  return { commits, totalCommits: total, truncated: commits.length < total, forced: null, notes: [] };
}

function untold({ push, needs }: Question, ...notes: string[]): Learnt {
  return {
    commits: [],
    totalCommits: needs.commits ? null : push.totalCommits,
    truncated: false,
    forced: null,
    notes,
  };
}

/**
 * The commit that was collected as garbage, where that is why Gitea refused; null where it has both. For a commit that
 * it does not have, its list answers 404 or, by version and place, 500 (`GetAllCommits` in routers/api/v1/repo).
 */
async function goneCommit(
  client: GiteaClient,
  { push, repository }: Question,
  error: unknown,
): Promise<string | null> {
  const suspicious =
    error instanceof GiteaError && (error.reason === 'not-found' || error.reason === 'server-error');
  if (!suspicious) return null;
  for (const sha of [push.before, push.after]) {
    if (sha === null || /^0+$/.test(sha) || (await hasCommit(client, repository, sha))) continue;
    // Nothing is found in a repository that is gone itself, or that the token may no longer see.
    const still = await getRepositoryById(client, repository.id);
    return still?.fullName === repository.fullName ? sha : null;
  }
  return null;
}

async function hasCommit(client: GiteaClient, { owner, name }: Repository, sha: string): Promise<boolean> {
  try {
    const query = { stat: 'false', verification: 'false', files: 'false' };
    await client.request('GET', apiPath('repos', owner, name, 'git', 'commits', sha), z.unknown(), { query });
    return true;
  } catch (error) {
    if (error instanceof GiteaError && error.reason === 'not-found') return false;
    throw error;
  }
}
