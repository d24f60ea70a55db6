import type { Changes } from '../../../src/dashboard/api/schemas/live.ts';
import type { ListedPush, PushList } from '../../../src/dashboard/api/schemas/pushes.ts';

/** The pages of a list that has been read so far. */
export interface ReadPages {
  readonly pages: readonly PushList[];
  readonly pageParams: readonly unknown[];
}

/** More than this stay in the first page only until the list is read again. */
const maxFirstPage = 400;

/**
 * The list without filters after `changes`: new pushes in front, each once, though an answer of the API may have had
 * some of them already; and what became of messages.
 *
 * @returns null where the list has to be read again
 */
export function withChanges(read: ReadPages, changes: Changes): ReadPages | null {
  if (changes.morePushes > 0 || changes.moreNotifications > 0) return null;
  const [first, ...others] = read.pages;
  if (!first) return null;
  const known = new Set(read.pages.flatMap(({ pushes }) => pushes.map(({ pushId }) => pushId)));
  const news = changes.pushes.filter(({ pushId }) => !known.has(pushId));
  if (news.length + first.pushes.length > maxFirstPage) return null;
  const states = announcedStates(changes);
  const merged = { ...first, pushes: [...news, ...first.pushes].sort(newestFirst) };
  return {
    ...read,
    pages: [merged, ...others].map((page) => ({
      ...page,
      pushes: page.pushes.map((push) => withState(push, states)),
    })),
  };
}

/** They come newest first; of several about a push the newest counts. */
function announcedStates({ notifications }: Changes): ReadonlyMap<string, string> {
  const oldestFirst = notifications.toReversed();
  return new Map(oldestFirst.flatMap(({ pushIds, state }) => pushIds.map((id) => [id, state])));
}

function withState(push: ListedPush, states: ReadonlyMap<string, string>): ListedPush {
  const state = states.get(push.pushId);
  // A push that is in some message stays announced, whatever becomes of a later version of it.
  if (state === undefined || push.announcement === 'sent' || push.announcement === 'ignored') return push;
  return state === 'planned' || state === 'sent' || state === 'parked'
    ? { ...push, announcement: state }
    : push;
}

function newestFirst(one: ListedPush, other: ListedPush): number {
  return Date.parse(other.receivedAt) - Date.parse(one.receivedAt);
}
