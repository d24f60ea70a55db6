import { z } from 'zod';
import type { Commit } from '../../events/push-received.ts';
import { branchOf, branchRef, isZeros, refKindOf, tagRef } from '../../events/ref.ts';
import { cleanText } from '../../events/text.ts';
import { identityOf, messageOf, shaSchema, timestampOf } from '../api/commits.ts';
import type { FeedEntry } from '../api/feeds.ts';

/** A push as the activity feed tells of it. */
export interface FeedPush {
  readonly entryId: number;
  readonly ref: string;
  /** Where the update started, or for a new branch what it grew from; null where the feed has no commit id. */
  readonly before: string | null;
  readonly after: string;
  readonly at: Date;
  readonly actor: FeedEntry['actor'];
  /** Oldest first, and at most five. */
  readonly commits: readonly Commit[];
  readonly head: Commit | null;
  /** How many commits it brought; Gitea counts those of a new branch up to ten. Null where the feed does not say. */
  readonly total: number | null;
}

const pushing = ['commit_repo', 'push_tag', 'mirror_sync_push', 'mirror_sync_create'];
const deleting = ['delete_branch', 'delete_tag', 'mirror_sync_delete'];

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

const commitSchema = z
  .object({
    Sha1: shaSchema,
    Message: optionalText,
    AuthorName: optionalText,
    AuthorEmail: optionalText,
    CommitterName: optionalText,
    CommitterEmail: optionalText,
    Timestamp: optionalText,
  })
  .transform(
    (commit): Commit => ({
      id: commit.Sha1,
      ...messageOf(commit.Message),
      url: null,
      author: identityOf({ name: commit.AuthorName, email: commit.AuthorEmail }, ''),
      committer: identityOf({ name: commit.CommitterName, email: commit.CommitterEmail }, ''),
      authoredAt: timestampOf(commit.Timestamp),
      files: { added: 0, removed: 0, modified: 0 },
    }),
  );

/** `PushCommits` of Gitea's modules/repository. Each part for itself: one that is odd must not take the rest with it. */
const contentSchema = z.object({
  Commits: z.array(commitSchema).nullish().catch(null),
  HeadCommit: commitSchema.nullish().catch(null),
  CompareURL: optionalText.catch(''),
  Len: z.number().int().nonnegative().nullish().catch(null),
});

export type ReadEntry =
  | { readonly is: 'push'; readonly push: FeedPush }
  /** A push of which the feed has lost what it was. */
  | { readonly is: 'unreadable'; readonly ref: string }
  | { readonly is: 'other' };

/** What an entry of the feed tells. Nothing in it is trusted to be there. */
export function readEntry(entry: FeedEntry, idLength: number): ReadEntry {
  const { operation, id: entryId, created: at, actor } = entry;
  const isDelete = deleting.includes(operation);
  if (!isDelete && !pushing.includes(operation)) return { is: 'other' };
  const ref = fullRef(entry);
  if (ref === null) return { is: 'other' };
  const common = { entryId, ref, at, actor };
  if (isDelete) {
    const nothing = { before: null, commits: [], head: null, total: 0 };
    return { is: 'push', push: { ...common, ...nothing, after: '0'.repeat(idLength) } };
  }
  const content = contentOf(entry.content);
  const [, left, right] = /\/compare\/(.+?)\.\.\.(.+)$/.exec(content?.CompareURL ?? '') ?? [];
  const head = content?.HeadCommit ?? null;
  // Of an annotated tag the head is the commit, and the push is of the tag's own object.
  const after = refKindOf(ref) === 'tag' ? (shaOf(right) ?? head?.id) : (head?.id ?? shaOf(right));
  if (after === undefined || isZeros(after)) return { is: 'unreadable', ref };
  const commits = (content?.Commits ?? []).toReversed();
  return {
    is: 'push',
    push: { ...common, before: shaOf(left) ?? null, after, commits, head, total: content?.Len ?? null },
  };
}

/** Some versions have the short name. */
function fullRef({ operation, refName }: FeedEntry): string | null {
  const name = cleanText(refName);
  if (name === '' || name.length > 1_024) return null;
  if (name.startsWith('refs/')) return branchOf(name) === '' ? null : name;
  return operation.endsWith('_tag') ? tagRef(name) : branchRef(name);
}

function contentOf(text: string): z.infer<typeof contentSchema> | null {
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function shaOf(text: string | undefined): string | undefined {
  const parsed = shaSchema.safeParse(text);
  return parsed.success ? parsed.data : undefined;
}
