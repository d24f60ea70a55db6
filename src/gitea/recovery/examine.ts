import type { Pool } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import type { Position } from '../../events/ids.ts';
import { findMissed, type MissedPush } from './find-missed.ts';
import { readKnownPushes } from './known-pushes.ts';
import { type KnownRepository, readCheckedFeed, readRepositoryState } from './known-repositories.ts';
import { type LookOptions, look, type ReadOn, type Seen } from './look.ts';
import { readEntry } from './read-entry.ts';
import { baselined } from './ref-state.ts';

export interface ExamineOptions extends LookOptions {
  readonly store: EventStore;
  readonly pool: Pool;
  readonly instance: string;
  /** Also what the feed has from then on, though it was before the baseline. */
  readonly since: Date | null;
}

/** What a repository lacks. */
export interface Examined {
  readonly seen: Seen;
  /** Those that should have arrived, in their order. */
  readonly missed: readonly MissedPush[];
  /** The log was known up to here. */
  readonly position: Position;
  /** Of the newest entry of the feed. */
  readonly feedId: number | null;
  /** Pushes of which the feed does not say what they were. */
  readonly unreadable: number;
}

/**
 * Compares a repository in Gitea with what the log knows of it, which has to be folded up to now before. Null when it is gone.
 *
 * @throws GiteaError, or what store and database throw
 */
export async function examine(
  options: ExamineOptions,
  repository: KnownRepository,
): Promise<Examined | null> {
  const { pool, store, instance, since } = options;
  const isNew = repository.baselinedAt === null;
  const { states, position } = await readRepositoryState(pool, instance, repository.id);
  const readOn = readOnBehind(repository, await readCheckedFeed(pool, instance, repository.id), since);
  const seen = await look(options, repository, readOn);
  if (!seen) return null;
  const feed = seen.feed ?? [];
  const idLength = [...seen.heads.values()][0]?.length ?? 40;
  const entries = feed.filter(readOn).map((entry) => readEntry(entry, idLength));
  const pushes = entries.flatMap((entry) => (entry.is === 'push' ? [entry.push] : []));
  const known = await readKnownPushes(store, { instance, repositoryId: repository.id }, pushes);
  const atBaseline = () =>
    new Map([...seen.heads].map(([ref, head]) => [ref, baselined(head, seen.at.getTime())]));
  const missed = findMissed({
    states: isNew ? atBaseline() : states,
    heads: seen.heads,
    entries: pushes,
    known,
    at: seen.at,
  });
  return {
    seen,
    missed: missed.filter(repository.expects),
    position,
    feedId: feed.reduce<number | null>((newest, { id }) => Math.max(newest ?? id, id), null),
    unreadable: entries.filter((entry) => entry.is === 'unreadable').length,
  };
}

/** By Gitea's own numbers where we have one, so that no clock has to be right. */
function readOnBehind(repository: KnownRepository, checkedFeed: number | null, since: Date | null): ReadOn {
  if (since) return ({ created }) => created >= since;
  const { baselinedAt, baselineFeedId } = repository;
  if (baselinedAt === null) return () => false;
  const looked = Math.max(checkedFeed ?? -1, baselineFeedId ?? -1);
  return looked < 0 ? ({ created }) => created >= baselinedAt : ({ id }) => id > looked;
}
