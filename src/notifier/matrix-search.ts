import type { Direction, MatrixClient } from 'matrix-js-sdk';
import { z } from 'zod';
import { contentKey } from './content.ts';

const pageSize = 100;
/** A room with more news than this since the message was planned is not searched to the end. */
const maxPages = 20;
/** Servers' clocks differ from ours by less, in milliseconds. */
const clockSlackMs = 10 * 60_000;

const pageSchema = z.object({
  chunk: z.array(
    z.object({
      event_id: z.string(),
      sender: z.string().optional(),
      origin_server_ts: z.number(),
      content: z.record(z.string(), z.unknown()).catch({}),
    }),
  ),
  end: z.string().optional(),
});

const ownIdsSchema = z.object({ message_id: z.string(), version: z.number() });

export interface Search {
  /** What stands under our key in the message's content. */
  readonly ownIds: unknown;
  /** The message cannot be older. */
  readonly since: Date;
}

/** The id of our own event that carries these ids, or null where the room's recent events hold none. */
export async function findInRoom(
  client: MatrixClient,
  roomId: string,
  search: Search,
): Promise<string | null> {
  const wanted = ownIdsSchema.parse(search.ownIds);
  const oldest = search.since.getTime() - clockSlackMs;
  // The enum's own value; to import it would load the SDK.
  const backward = 'b' as Direction;
  let from: string | null = null;

  for (let page = 0; page < maxPages; page++) {
    const answer = await client.createMessagesRequest(roomId, from, pageSize, backward);
    const { chunk, end } = pageSchema.parse(answer);
    for (const event of chunk) {
      const found = ownIdsSchema.safeParse(event.content[contentKey]);
      const same = found.data?.message_id === wanted.message_id && found.data.version === wanted.version;
      // Anybody could copy our ids into a message of theirs.
      if (same && event.sender === client.getUserId()) return event.event_id;
    }
    // Single events may carry any time; a whole page of old ones is the past.
    if (end === undefined || chunk.every((event) => event.origin_server_ts < oldest)) return null;
    from = end;
  }
  return null;
}
