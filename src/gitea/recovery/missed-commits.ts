import type { Commit } from '../../events/push-received.ts';
import { isZeros, refKindOf } from '../../events/ref.ts';
import { listCommits } from '../api/commits.ts';
import { compareCommits } from '../api/compare.ts';
import type { RepositoryName } from '../api/repositories.ts';
import type { GiteaClient } from '../client.ts';
import { GiteaError } from '../errors.ts';
import type { MissedPush } from './find-missed.ts';
import type { MissedCommits } from './recovered-push.ts';

/** For a new branch Gitea counts no further than this (services/repository/push.go). */
const maxCountedOfNewBranch = 10;
/** All commits of a push together, as JSON: an event has to fit into every store. What is older is left out. */
const maxCommitsBytes = 64 * 1_024;

const none: MissedCommits = { commits: [], head: null, total: 0, totalIsFloor: false, notes: [] };

/**
 * The commits that a missed push brought: of the feed where that has them all, else of Gitea's comparison.
 *
 * @throws GiteaError
 */
export async function commitsOfMissed(
  client: GiteaClient,
  repository: RepositoryName,
  push: MissedPush,
  signal: AbortSignal,
): Promise<MissedCommits> {
  const { ref, before, after, entry } = push;
  if (isZeros(after)) return none;
  // A tag points at commits that some branch brought.
  if (refKindOf(ref) === 'tag') return { ...none, head: entry?.head ?? null };
  const isNew = before === null || isZeros(before);
  if (entry?.total != null && entry.total <= entry.commits.length) {
    const { commits, head, total } = entry;
    return { ...none, commits, head, total, totalIsFloor: isNew && total >= maxCountedOfNewBranch };
  }
  const base = isNew ? (entry?.before ?? null) : before;
  const compared =
    base === null || isZeros(base)
      ? null
      : await compareCommits(client, repository, { base, head: after }, { signal });
  if (compared) {
    const commits = fitting(compared.commits);
    const head = entry?.head ?? compared.commits[0] ?? (await headOf(client, repository, after, signal));
    return { ...none, commits, head, total: compared.totalCommits };
  }
  const head = entry?.head ?? (await headOf(client, repository, after, signal));
  const known = entry?.commits ?? [];
  const commits = known.length > 0 || isNew || head === null ? known : [head];
  const why = isNew
    ? 'how many commits a new branch brought is not known'
    : 'Gitea has no commits from before any more';
  return {
    commits,
    head,
    total: Math.max(entry?.total ?? 0, commits.length),
    totalIsFloor: true,
    notes: [why],
  };
}

/** Null when it is gone again. */
async function headOf(
  client: GiteaClient,
  repository: RepositoryName,
  sha: string,
  signal: AbortSignal,
): Promise<Commit | null> {
  try {
    return (await listCommits(client, repository, { sha, atMost: 1 }, { signal })).commits[0] ?? null;
  } catch (error) {
    if (error instanceof GiteaError && error.reason === 'not-found') return null;
    throw error;
  }
}

function fitting(newestFirst: readonly Commit[]): Commit[] {
  const commits: Commit[] = [];
  let bytes = 0;
  for (const commit of newestFirst) {
    bytes += Buffer.byteLength(JSON.stringify(commit));
    if (bytes > maxCommitsBytes) break;
    commits.unshift(commit);
  }
  return commits;
}
