import { isZeros, refKindOf } from '../../events/ref.ts';
import { byTime, type KnownPush, unknownEntries } from './match-entries.ts';
import type { FeedPush } from './read-entry.ts';
import {
  absent,
  type Gap,
  gapsOf,
  headAt,
  headsOf,
  type Link,
  type RefState,
  type Span,
  wasThere,
  withLink,
} from './ref-state.ts';

/** A push that happened and never arrived. */
export interface MissedPush {
  readonly ref: string;
  /** Zeros for a ref that is new; null where it is not known. */
  readonly before: string | null;
  readonly after: string;
  /** What the feed tells of it; null for what only the comparison of refs shows. */
  readonly entry: FeedPush | null;
  /** The time in which this one stands for an unknown number of pushes; null for one that is known to be one. */
  readonly span: Span | null;
}

export interface Evidence {
  /** What the log knows, by ref. */
  readonly states: ReadonlyMap<string, RefState>;
  /** What Gitea has: commit ids by full ref, all branches and all tags. */
  readonly heads: ReadonlyMap<string, string>;
  /** Of the feed, as far back as nothing was looked at before. */
  readonly entries: readonly FeedPush[];
  /** Pushes of the log to the commits that the entries name. */
  readonly known: readonly KnownPush[];
  /** When the refs were read. */
  readonly at: Date;
}

/**
 * The pushes that are missing between what the log knows and what Gitea shows: each that the feed still has, and one
 * more wherever a ref does not go on where it was left.
 */
export function findMissed(evidence: Evidence): MissedPush[] {
  const { states, heads, at } = evidence;
  const unknown = unknownEntries(evidence.entries, evidence.known).filter(
    (entry) => !isInside(states.get(entry.ref)?.spans ?? [], entry),
  );
  const byRef = Map.groupBy(unknown, ({ ref }) => ref);
  const feeds = Map.groupBy([...evidence.entries].sort(byTime), ({ ref }) => ref);
  const refs = new Set([...states.keys(), ...heads.keys(), ...byRef.keys()]);
  const zeros = '0'.repeat([...heads.values()][0]?.length ?? 40);
  const missed = [...refs].flatMap((ref) =>
    missedOf({
      ref,
      known: states.get(ref),
      head: heads.get(ref) ?? absent,
      unknown: byRef.get(ref) ?? [],
      feed: feeds.get(ref) ?? [],
      at: at.getTime(),
      zeros,
    }),
  );
  return missed.sort((a, b) => timeOf(a) - timeOf(b));
}

interface RefEvidence {
  readonly ref: string;
  readonly known: RefState | undefined;
  /** Where it is in Gitea. */
  readonly head: string;
  /** What the feed has of it that is not in the log, and all that the feed has; oldest first. */
  readonly unknown: readonly FeedPush[];
  readonly feed: readonly FeedPush[];
  readonly at: number;
  readonly zeros: string;
}

function missedOf({ ref, known, head, unknown, feed, at, zeros }: RefEvidence): MissedPush[] {
  const missed: MissedPush[] = [];
  let state = known;
  const add = (push: MissedPush) => {
    missed.push(push);
    state = withLink(state, linkOf(push));
  };
  for (const entry of unknown) {
    const previous = feed[feed.indexOf(entry) - 1];
    const before = isZeros(entry.after)
      ? headBefore(state, entry, previous)
      : beforeOf(state, entry, previous, zeros);
    add({ ref, before, after: entry.after, entry, span: null });
  }
  // Neither branch nor tag: Gitea has no list to compare with.
  if (refKindOf(ref) === 'other') return missed;
  const heads = headsOf(state);
  if (!heads.possible.has(head)) {
    const isNewTag = refKindOf(ref) === 'tag' && head !== absent;
    const before = heads.latest === absent || isNewTag ? zeros : heads.latest;
    const span = { from: heads.at ?? at, until: at };
    add({ ref, before, after: head === absent ? zeros : head, entry: null, span });
  }
  // One after the other: each takes a start away, and may leave an end to which another one fits better.
  for (let gap = nextGap(state, head, feed); gap; gap = nextGap(state, head, feed)) {
    const { before, after, from, until } = gap;
    add({ ref, before, after, entry: null, span: { from, until } });
  }
  return missed;
}

/** Not where the feed has a push that led there: then it is our chain that is confused, and nothing is missing. */
function nextGap(state: RefState | undefined, head: string, feed: readonly FeedPush[]): Gap | undefined {
  return gapsOf(state, head).find(
    (gap) => !feed.some((entry) => entry.after === gap.after && entry.at.getTime() <= gap.until),
  );
}

function headBefore(
  state: RefState | undefined,
  entry: FeedPush,
  previous: FeedPush | undefined,
): string | null {
  if (previous && !isZeros(previous.after)) return previous.after;
  return headAt(state, entry.at.getTime());
}

/** Gitea names for a new branch the commit that it grew from; it started from nothing all the same. */
function beforeOf(
  state: RefState | undefined,
  { ref, before, at }: FeedPush,
  previous: FeedPush | undefined,
  zeros: string,
): string {
  if (refKindOf(ref) === 'tag' || before === null || (previous && isZeros(previous.after))) return zeros;
  if (before === previous?.after) return before;
  const isKnown = [...(state?.ends ?? []), ...(state?.starts ?? [])].some(({ sha }) => sha === before);
  return isKnown || wasThere(state, at.getTime()) ? before : zeros;
}

function isInside(spans: readonly Span[], { at }: FeedPush): boolean {
  return spans.some(({ from, until }) => at.getTime() > from && at.getTime() <= until);
}

function timeOf({ entry, span }: Pick<MissedPush, 'entry' | 'span'>): number {
  return entry?.at.getTime() ?? span?.until ?? 0;
}

/** The link that a missed push is. */
export function linkOf({ before, after, ...push }: MissedPush): Link {
  return { before, after, at: timeOf(push), heardAt: timeOf(push) };
}
