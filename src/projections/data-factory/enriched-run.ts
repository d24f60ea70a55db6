import type { DomainEvent } from '../../events/event.ts';
import type { Changes } from '../projection.ts';
import { amendmentOf, type Row } from '../table.ts';
import { commitsOf } from './rows.ts';
import { runs } from './tables.ts';

/** Apart, as Gitea may tell one and not the other; what it does not tell stays as the delivery told it. */
export const runCommits = amendmentOf(runs, ['commits']);
export const runCommitCount = amendmentOf(runs, ['commit_count']);

/** What the runs of pushes become by what Gitea's API told of them. */
export function enrichedRuns(events: readonly DomainEvent[]): Changes {
  const commits: Row[] = [];
  const counts: Row[] = [];
  for (const event of events) {
    if (event.type !== 'PushEnriched') continue;
    const { pushId, totalCommits, ...data } = event.data;
    if (data.commits.length > 0) commits.push({ run_id: pushId, commits: commitsOf(data.commits) });
    if (totalCommits !== null) counts.push({ run_id: pushId, commit_count: totalCommits });
  }
  return new Map([
    [runCommits, commits],
    [runCommitCount, counts],
  ]);
}
