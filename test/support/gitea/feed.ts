import type { Account } from './accounts.ts';
import type { StoredCommit } from './commits.ts';

export type FeedOperation = 'commit_repo' | 'push_tag' | 'delete_tag' | 'delete_branch' | 'mirror_sync_push';

/** An entry of the activity feed; `content` is JSON text, `{}` where it was over 64 KiB. */
export interface FeedEntry {
  readonly id: number;
  readonly op_type: FeedOperation;
  readonly actor: Account;
  /** The full ref. */
  readonly ref_name: string;
  content: string;
  readonly created: Date;
}

/** What the feed says of a push. At most five commits, newest first. */
export function feedContent(push: {
  commits: readonly StoredCommit[];
  head: StoredCommit | null;
  compare: string;
  total: number;
}): string {
  const content = JSON.stringify({
    Commits: push.commits.length === 0 ? null : push.commits.slice(0, 5).map(feedCommit),
    HeadCommit: push.head && feedCommit(push.head),
    CompareURL: push.compare,
    Len: push.total,
  });
  return Buffer.byteLength(content) > 65_535 ? '{}' : content;
}

function feedCommit(commit: StoredCommit) {
  const email = `${commit.author.login}@example.com`;
  return {
    Sha1: commit.id,
    Message: commit.message,
    AuthorEmail: email,
    AuthorName: commit.author.fullName,
    CommitterEmail: email,
    CommitterName: commit.author.fullName,
    Timestamp: commit.at.toISOString(),
  };
}
