import { isZeros } from '../../events/ref.ts';
import type { FeedPush } from './read-entry.ts';
import { reorderMs } from './ref-state.ts';

/** A push that is in the log. */
export interface KnownPush {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string;
  /** When it was pushed; null where that is not known. */
  readonly pushedAt: Date | null;
  readonly heardAt: Date;
  /** It stands for several, of which it has the last one's end. */
  readonly collapsed: boolean;
}

/** The clocks of Gitea and of this machine may differ by so much, in milliseconds. */
const skewMs = 1_000;

/**
 * The pushes of the feed that are not in the log. Each push of the log stands for one of the feed: a ref that went to
 * the same commit twice is there twice. What was pushed at that very moment goes first; then each push stands for the
 * newest that had happened when it was heard of.
 */
export function unknownEntries(entries: readonly FeedPush[], known: readonly KnownPush[]): FeedPush[] {
  const byTarget = Map.groupBy(entries, keyOf);
  const matched = new Set<FeedPush>();
  const candidatesOf = (push: KnownPush) =>
    (byTarget.get(keyOf(push)) ?? []).filter((entry) => !matched.has(entry)).sort(byTime);
  const inexact: KnownPush[] = [];
  for (const push of known) {
    const same = candidatesOf(push).find(({ at }) => at.getTime() === push.pushedAt?.getTime());
    if (same) matched.add(same);
    else if (push.pushedAt === null) inexact.push(push);
  }
  for (const push of inexact.sort((a, b) => b.heardAt.getTime() - a.heardAt.getTime())) {
    const candidates = candidatesOf(push).filter((entry) => mayBeSame(push, entry));
    const by = (slackMs: number) => (entry: FeedPush) =>
      entry.at.getTime() <= push.heardAt.getTime() + slackMs;
    const found = candidates.findLast(by(skewMs)) ?? candidates.find(by(reorderMs));
    if (found) matched.add(found);
  }
  return entries.filter((entry) => !matched.has(entry)).sort(byTime);
}

/** A webhook names no start of a tag or a deleted branch, and the feed none of a new branch. */
function mayBeSame({ before, collapsed }: KnownPush, entry: FeedPush): boolean {
  return collapsed || before === null || isZeros(before) || entry.before === null || before === entry.before;
}

export function byTime(a: FeedPush, b: FeedPush): number {
  return a.at.getTime() - b.at.getTime() || a.entryId - b.entryId;
}

function keyOf({ ref, after }: { readonly ref: string; readonly after: string }): string {
  return `${after} ${ref}`;
}
