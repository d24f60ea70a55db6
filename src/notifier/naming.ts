import type { MessageId, PushId } from '../events/ids.ts';

/**
 * Which message names a push in a room: the first in the log that says so. A plan that comes later and names the push
 * in another message of that room is void, and so is one that would begin the same message anew. So a process that was the leader once, and plans with what it knew then,
 * cannot announce a push a second time.
 */
export type NamedBefore = ReadonlyMap<string, MessageId>;

export function namingKey(room: string, pushId: PushId): string {
  return `${pushId} ${room}`;
}
