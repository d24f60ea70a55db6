import { z } from 'zod';
import type { Homeserver } from '../../support/homeserver.ts';

const ownIds = z.object({ message_id: z.string(), version: z.number(), push_ids: z.array(z.string()) });
const relation = z.object({ rel_type: z.literal('m.replace'), event_id: z.string() });

/** A message as people see it in a room. */
export interface ShownMessage {
  readonly messageId: string;
  readonly room: string;
  /** Those that arrived, in the order of their arrival. */
  readonly versions: readonly number[];
  /** By the last of them. */
  readonly pushIds: readonly string[];
  /** What people read now. */
  readonly body: string;
}

/** What the rooms show; throws where an edit is not one of its message's first event. */
export function shownIn({ accepted }: Homeserver): ShownMessage[] {
  const messages = new Map<string, { first: string; shown: ShownMessage }>();
  for (const { eventId, roomId, content } of accepted) {
    const { message_id: messageId, version, push_ids: pushIds } = ownIds.parse(content['dev.pushledger']);
    const known = messages.get(messageId);
    const replaced = relation.safeParse(content['m.relates_to']).data?.event_id;
    if (replaced !== known?.first) throw new Error(`${messageId}.${version} replaces ${replaced}`);
    const current = (known ? content['m.new_content'] : content) as { body: string };
    const versions = [...(known?.shown.versions ?? []), version];
    const shown = { messageId, room: roomId, versions, pushIds, body: current.body };
    messages.set(messageId, { first: known?.first ?? eventId, shown });
  }
  return [...messages.values()].map(({ shown }) => shown);
}

/** How many messages name each push, by room and push. */
export function namings(shown: readonly ShownMessage[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { room, pushIds } of shown) {
    for (const pushId of pushIds) {
      const key = `${room} ${pushId}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
