import { branchRef, tagRef } from '../../events/ref.ts';
import type { Clock } from '../../runtime/clock.ts';
import { listBranches } from '../api/branches.ts';
import { type FeedEntry, feedPages } from '../api/feeds.ts';
import { getRepositoryById, type RepositoryName } from '../api/repositories.ts';
import { listTags } from '../api/tags.ts';
import type { GiteaClient } from '../client.ts';
import { GiteaError } from '../errors.ts';

/** So far back the feed is read at most: 10,000 entries. */
const maxFeedPages = 200;

/** What Gitea shows of a repository. */
export interface Seen {
  readonly name: RepositoryName;
  /** Commit ids by full ref, all branches and tags. */
  readonly heads: ReadonlyMap<string, string>;
  /** Newest first; null where this Gitea has no feed. */
  readonly feed: readonly FeedEntry[] | null;
  /** True where the feed goes back further than it was read. */
  readonly feedIsCut: boolean;
  /** When we began to look. */
  readonly at: Date;
}

export interface LookOptions {
  readonly client: GiteaClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Whether the feed has to be read on behind this entry, its oldest so far. */
export type ReadOn = (entry: FeedEntry) => boolean;

/**
 * Looks at a repository, which is known by its id: one that was renamed is found under its new name, and another one
 * that has the old name now is not taken for it. Null when it is gone, or the token may not see it.
 *
 * Three requests where there is nothing new: the newest page of the feed, the branches, the tags. The feed goes first,
 * so that what is pushed meanwhile shows in the refs and is looked for in the feed the next time.
 *
 * @throws GiteaError
 */
export async function look(
  options: LookOptions,
  repository: { readonly id: number; readonly fullName: string },
  readOn: ReadOn,
): Promise<Seen | null> {
  const named = nameOf(repository.fullName);
  const seen = named && (await lookAt(options, named, readOn).catch(nullWhenElsewhere));
  if (seen?.feed?.some(({ repositoryId }) => repositoryId === repository.id)) return seen;
  const found = await getRepositoryById(options.client, repository.id);
  if (!found) return null;
  const isThere = seen && named && found.owner === named.owner && found.name === named.name;
  return isThere ? seen : await lookAt(options, found, readOn);
}

async function lookAt(
  { client, clock, signal }: LookOptions,
  name: RepositoryName,
  readOn: ReadOn,
): Promise<Seen> {
  const at = clock.now();
  const { feed, isCut } = await readFeed(client, name, readOn, signal);
  const [branches, tags] = await Promise.all([
    listBranches(client, name, { signal }),
    listTags(client, name, { signal }),
  ]);
  const heads = new Map([
    ...branches.map((branch) => [branchRef(branch.name), branch.sha] as const),
    ...tags.map((tag) => [tagRef(tag.name), tag.sha] as const),
  ]);
  return { name: { owner: name.owner, name: name.name }, heads, feed, feedIsCut: isCut, at };
}

async function readFeed(client: GiteaClient, name: RepositoryName, readOn: ReadOn, signal: AbortSignal) {
  const feed = new Map<number, FeedEntry>();
  let pages = 0;
  try {
    for await (const entries of feedPages(client, name, { signal })) {
      for (const entry of entries) feed.set(entry.id, entry);
      const oldest = entries.at(-1);
      if (!oldest || !readOn(oldest)) return { feed: [...feed.values()], isCut: false };
      if (++pages >= maxFeedPages) return { feed: [...feed.values()], isCut: true };
    }
  } catch (error) {
    // Before Gitea 1.19 there is no feed; whether there is the repository, the branches tell.
    if (error instanceof GiteaError && error.reason === 'not-found') return { feed: null, isCut: false };
    throw error;
  }
  return { feed: [...feed.values()], isCut: false };
}

function nullWhenElsewhere(error: unknown): null {
  if (error instanceof GiteaError && (error.reason === 'not-found' || error.reason === 'redirected'))
    return null;
  throw error;
}

function nameOf(fullName: string): RepositoryName | null {
  const slash = fullName.lastIndexOf('/');
  const [owner, name] = [fullName.slice(0, Math.max(0, slash)), fullName.slice(slash + 1)];
  return owner === '' || name === '' || /^\.+$/.test(owner) || /^\.+$/.test(name) ? null : { owner, name };
}
