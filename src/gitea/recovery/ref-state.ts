import { isZeros } from '../../events/ref.ts';

/** Deliveries that belong together arrive in any order within this time, in milliseconds. */
export const reorderMs = 60_000;
/** A ref with more loose ends than this is not followed by hand any more; the newest are kept. */
const maxLoose = 50;

/** A push as a link of its ref's chain. Times in milliseconds since 1970. */
export interface Link {
  /** Null where Gitea does not tell. */
  readonly before: string | null;
  readonly after: string;
  /** When it was pushed, or else when we heard of it. */
  readonly at: number;
  readonly heardAt: number;
}

interface Loose {
  readonly sha: string;
  readonly at: number;
  readonly heardAt: number;
}

/** A time in which one recovered push stands for an unknown number. Milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What the log knows of a ref, by the links of its pushes. */
export interface RefState {
  /** Where a push ended and none goes on. One of them is the head. */
  readonly ends: readonly Loose[];
  /** Where a push starts though none ended there: a push between them never arrived. */
  readonly starts: readonly Loose[];
  /** Where the first push started that we saw of a ref which was there before us. */
  readonly first: { readonly sha: string; readonly at: number } | null;
  /** The head that the baseline told and no push has told since. */
  readonly baseline: string | null;
  readonly deletedAt: number | null;
  /** Since when it all counts: its newest creation, deletion or baseline. */
  readonly resetAt: number | null;
  readonly spans: readonly Span[];
}

/** In place of a commit id: there is no such ref. */
export const absent = '';

const unknown: RefState = {
  ends: [],
  starts: [],
  first: null,
  baseline: null,
  deletedAt: null,
  resetAt: null,
  spans: [],
};

/** The ref as the baseline found it. */
export function baselined(head: string, at: number): RefState {
  return { ...unknown, ends: [{ sha: head, at, heardAt: at }], baseline: head, resetAt: at };
}

/** The ref with one push more, wherever in its chain that belongs. */
export function withLink(known: RefState | undefined, link: Link): RefState {
  const state = known ?? unknown;
  // Belongs to an earlier life of the ref.
  if (state.resetAt !== null && link.at < state.resetAt - reorderMs) return state;
  if (isZeros(link.after)) {
    const deletedAt = Math.max(state.deletedAt ?? 0, link.at);
    // The same commit, if it is there later, is there anew.
    const ends = withoutEnd(state.ends, link, 0) ?? state.ends;
    return reset({ ...state, deletedAt, ends }, link.at);
  }
  if (link.before === null || isZeros(link.before)) {
    return ended(isInBaseline(state, link) ? state : reset(state, link.at), link);
  }
  if (!known) {
    return ended({ ...state, first: { sha: link.before, at: link.at } }, link);
  }
  const ends = withoutEnd(state.ends, link);
  if (ends) {
    const baseline = state.baseline === link.before ? null : state.baseline;
    return ended({ ...state, ends, baseline }, link);
  }
  if (isBeforeFirst(state, link)) return { ...state, first: { sha: link.before, at: link.at } };
  // On its way while the baseline was taken.
  if (isInBaseline(state, link)) return ended(state, link);
  const starts = [...state.starts, { sha: link.before, at: link.at, heardAt: link.heardAt }];
  return ended({ ...state, starts: starts.slice(-maxLoose) }, link);
}

export function withSpan(known: RefState | undefined, span: Span): RefState {
  const state = known ?? unknown;
  return { ...state, spans: [...state.spans, span].slice(-maxLoose) };
}

export interface Heads {
  /** The one that is newest by time; `absent` for none. */
  readonly latest: string;
  /** All that it may be, given that deliveries overtake each other. */
  readonly possible: ReadonlySet<string>;
  /** Of the latest; null where nothing is known. */
  readonly at: number | null;
}

export function headsOf(state: RefState | undefined): Heads {
  const candidates = [
    ...(state?.deletedAt == null ? [] : [{ sha: absent, at: state.deletedAt }]),
    ...(state?.ends ?? []),
  ];
  const [first] = candidates;
  if (!first) return { latest: absent, possible: new Set([absent]), at: null };
  const latest = candidates.reduce((one, other) => (other.at >= one.at ? other : one), first);
  const possible = candidates.filter(({ at }) => at >= latest.at - reorderMs).map(({ sha }) => sha);
  return { latest: latest.sha, possible: new Set(possible), at: latest.at };
}

/** Where the ref was at a time; null where that is not known, or it was not there. */
export function headAt(state: RefState | undefined, at: number): string | null {
  const before = (state?.ends ?? []).filter((end) => end.at <= at);
  return before.sort((a, b) => a.at - b.at).at(-1)?.sha ?? null;
}

/** Whether the ref was there at a time, as far as is known: since its creation or the baseline, till it was deleted. */
export function wasThere(state: RefState | undefined, at: number): boolean {
  if (!state || state.resetAt === null) return false;
  return state.resetAt > at || state.deletedAt !== state.resetAt;
}

/** A hole in a chain: pushes that led from one commit to another one. */
export interface Gap extends Span {
  readonly before: string;
  readonly after: string;
}

/**
 * The holes between what is known. Each start is joined to the newest end before it, never to one behind
 * it: that may be where it led itself.
 *
 * @param head the end that is no hole, as nothing has followed yet
 */
export function gapsOf(state: RefState | undefined, head: string): Gap[] {
  const newest = state?.ends.findLast(({ sha }) => sha === head);
  let ends = (state?.ends ?? []).filter((end) => end !== newest);
  const gaps: Gap[] = [];
  for (const start of [...(state?.starts ?? [])].sort((a, b) => a.at - b.at)) {
    const [end] = ends.filter(({ at }) => at < start.at).sort((a, b) => b.at - a.at);
    if (!end) continue;
    ends = ends.filter((other) => other !== end);
    gaps.push({ before: end.sha, after: start.sha, from: end.at, until: start.at });
  }
  return gaps;
}

/** When we heard of the newest push that starts at no known head; null when the chain is whole. */
export function brokenSince(state: RefState): number | null {
  return state.starts.length === 0 ? null : Math.max(...state.starts.map(({ heardAt }) => heardAt));
}

/** It ends where the first push that we saw starts, and came after that one only because it was overtaken. */
function isBeforeFirst({ first }: RefState, link: Link): boolean {
  return first !== null && first.sha === link.after && link.at <= first.at + reorderMs;
}

/** It led to the head that the baseline found, and was on its way then. */
function isInBaseline({ baseline, resetAt }: RefState, { after, at }: Link): boolean {
  return baseline === after && at <= (resetAt ?? 0) + reorderMs;
}

function ended(state: RefState, link: Link): RefState {
  const { after, at, heardAt } = link;
  const starts = withoutStart(state.starts, link);
  if (starts) return { ...state, starts };
  if (isInBaseline(state, link)) return { ...state, baseline: null };
  // Unless it went on from our only end: then the ref came back to where we first saw it start.
  if (isBeforeFirst(state, link) && state.ends.length > 0) return { ...state, first: null };
  return { ...state, ends: [...state.ends, { sha: after, at, heardAt }].slice(-maxLoose) };
}

/** What was long before the ref was made anew or deleted is of no more interest. */
function reset(state: RefState, at: number): RefState {
  const resetAt = Math.max(state.resetAt ?? 0, at);
  const isRecent = (loose: Loose) => loose.at >= resetAt - reorderMs;
  return {
    ...state,
    resetAt,
    baseline: null,
    ends: state.ends.filter(isRecent),
    starts: state.starts.filter(isRecent),
    deletedAt: state.deletedAt !== null && state.deletedAt >= resetAt - reorderMs ? state.deletedAt : null,
  };
}

/**
 * Without the end that a push goes on from: the newest before it, or else one that only looks later because it was
 * overtaken. Null when there is none.
 */
function withoutEnd(
  ends: readonly Loose[],
  { before, at }: Link,
  overtakenMs = reorderMs,
): readonly Loose[] | null {
  const candidates = ends.filter((end) => end.sha === before).sort(byTime);
  const taken =
    candidates.findLast((end) => end.at <= at) ?? candidates.find((end) => end.at <= at + overtakenMs);
  return taken ? ends.filter((end) => end !== taken) : null;
}

/** The same for the start that a push leads to. What a branch came back to is not what it started from before. */
function withoutStart(starts: readonly Loose[], { after, at }: Link): readonly Loose[] | null {
  const candidates = starts.filter((start) => start.sha === after).sort(byTime);
  const taken =
    candidates.find((start) => start.at >= at) ?? candidates.findLast((start) => start.at >= at - reorderMs);
  return taken ? starts.filter((start) => start !== taken) : null;
}

function byTime(a: Loose, b: Loose): number {
  return a.at - b.at;
}
