import { maxEnrichedCommits } from '../../events/push-enriched.ts';
import type { Commit } from '../../events/push-received.ts';

/** All commits of an event together, as JSON: a store takes 1 MiB, and rows and messages are made of them. */
const maxCommitsBytes = 256 * 1_024;

/**
 * The commits of an event: oldest first, and the newest ones where they are too many or too large. Those that came with
 * the push stay as they were, as a delivery tells more of a commit (its files) than this part of the API.
 *
 * @param newestFirst as Gitea lists them
 */
export function boundedCommits(newestFirst: readonly Commit[], ofPush: readonly Commit[]): Commit[] {
  const known = new Map(ofPush.map((commit) => [commit.id, commit]));
  const commits: Commit[] = [];
  let bytes = 0;
  for (const listed of newestFirst) {
    const commit = known.get(listed.id) ?? listed;
    bytes += Buffer.byteLength(JSON.stringify(commit));
    if (commits.length === maxEnrichedCommits || bytes > maxCommitsBytes) break;
    commits.push(commit);
  }
  return commits.reverse();
}
