import type { DomainEvent } from '../../events/event.ts';
import type { Commit } from '../../events/push-received.ts';
import type { Changes } from '../projection.ts';
import { amendmentOf, type Row } from '../table.ts';
import { authorsOf, messagesOf, prefixesOf } from './searched.ts';
import { pushes } from './table.ts';

const forced = amendmentOf(pushes, ['forced']);
const counted = amendmentOf(pushes, ['commit_count', 'commit_count_is_floor']);
const searched = amendmentOf(pushes, ['authors', 'commit_prefixes', 'messages']);

/** Apart, as Gitea may tell one and not the other; what it does not tell stays as the delivery told it. */
export const pushAmendments = [forced, counted, searched];

/** Text beyond this is not searched, in UTF-16 units. More than of a delivery, which lists few commits. */
const maxMessagesLength = 16_000;

/** What pushes become by what Gitea's API told of them. */
export function enrichedPushes(events: readonly DomainEvent[]): Changes {
  const rows = { forced: [] as Row[], counted: [] as Row[], searched: [] as Row[] };
  for (const event of events) {
    if (event.type !== 'PushEnriched') continue;
    const { data } = event;
    const key = { push_id: data.pushId };
    if (data.forced !== null) rows.forced.push({ ...key, forced: data.forced });
    if (data.totalCommits !== null) {
      rows.counted.push({ ...key, commit_count: data.totalCommits, commit_count_is_floor: false });
    }
    if (data.commits.length > 0) {
      rows.searched.push({
        ...key,
        authors: authorsOf(data.commits),
        commit_prefixes: prefixesOf(data.commits.map(({ id }) => id)),
        messages: newestMessages(data.commits),
      });
    }
  }
  return new Map([
    [forced, rows.forced],
    [counted, rows.counted],
    [searched, rows.searched],
  ]);
}

/** Oldest first, and without the oldest ones where they are too long together. */
function newestMessages(commits: readonly Commit[]): string {
  const kept: string[] = [];
  let left = maxMessagesLength;
  for (const message of messagesOf(commits).toReversed()) {
    left -= message.length + 1;
    if (left < 0) break;
    kept.unshift(message);
  }
  return kept.join('\n').toWellFormed();
}
