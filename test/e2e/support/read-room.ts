import { z } from 'zod';
import { until } from '../../support/condition.ts';
import type { Account } from './account.ts';

const ownIds = z.object({ message_id: z.string(), version: z.number(), push_ids: z.array(z.string()) });
const shown = z.looseObject({ msgtype: z.string(), body: z.string(), formatted_body: z.string() });
const eventSchema = z.object({
  event_id: z.string(),
  type: z.string(),
  sender: z.string(),
  content: z.looseObject({
    'dev.pushledger': ownIds.optional(),
    'm.new_content': shown.optional(),
    'm.relates_to': z.object({ rel_type: z.string(), event_id: z.string() }).optional(),
  }),
  unsigned: z
    .object({
      'm.relations': z
        .object({ 'm.replace': z.object({ event_id: z.string() }) })
        .partial()
        .optional(),
    })
    .optional(),
});
type Event = z.infer<typeof eventSchema>;
const pageSchema = z.object({ chunk: z.array(eventSchema), end: z.string().optional() });
const relationsSchema = z.object({ chunk: z.array(eventSchema), next_batch: z.string().optional() });

/** A message of ours as somebody in the room sees it. */
export interface SeenMessage {
  readonly eventId: string;
  readonly messageId: string;
  readonly sender: string;
  /** Each that the room has, in its order; more than one of a number would be a repetition. */
  readonly versions: readonly number[];
  /** By the last of them. */
  readonly pushIds: readonly string[];
  /** What is read now. */
  readonly body: string;
  readonly html: string;
  /** All that clients get to show now. */
  readonly content: z.infer<typeof shown>;
}

/**
 * Our messages in a room, in its order, by /messages and by the relations of each of them.
 *
 * @throws Error where the two do not come to agree about which edit is the last
 */
export function readRoom(reader: Account, roomId: string): Promise<SeenMessage[]> {
  return until('/messages and the relations agree', () => readOnce(reader, roomId));
}

/** Null where the two disagree: an edit may have come between the one question and the other. */
async function readOnce(reader: Account, roomId: string): Promise<SeenMessage[] | null> {
  const events = await readEvents(reader, roomId);
  const ours = events.filter(({ content }) => content['dev.pushledger'] && !content['m.relates_to']);
  const messages: SeenMessage[] = [];
  for (const event of ours) {
    const message = await readMessage(reader, roomId, event);
    if (message === null) return null;
    messages.push(message);
  }
  return messages;
}

/** How many of these messages name each of the pushes. */
export function namings(
  messages: readonly SeenMessage[],
  pushIds: readonly string[],
): Record<string, number> {
  const count = (pushId: string) => messages.filter((message) => message.pushIds.includes(pushId)).length;
  return Object.fromEntries(pushIds.map((pushId) => [pushId, count(pushId)]));
}

async function readMessage(reader: Account, roomId: string, original: Event): Promise<SeenMessage | null> {
  const edits = await readEdits(reader, roomId, original.event_id);
  const last = edits.at(-1) ?? original;
  const bundled = original.unsigned?.['m.relations']?.['m.replace']?.event_id ?? original.event_id;
  if (bundled !== last.event_id) return null;
  const content = shown.parse(last.content['m.new_content'] ?? last.content);
  const ids = ownIds.parse(last.content['dev.pushledger']);
  return {
    eventId: original.event_id,
    messageId: ids.message_id,
    sender: original.sender,
    versions: [original, ...edits].map((event) => ownIds.parse(event.content['dev.pushledger']).version),
    pushIds: ids.push_ids,
    body: content.body,
    html: content.formatted_body,
    content,
  };
}

async function readEvents(reader: Account, roomId: string): Promise<Event[]> {
  const events: Event[] = [];
  let from: string | undefined;
  do {
    const query = `dir=f&limit=100${from ? `&from=${encodeURIComponent(from)}` : ''}`;
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?${query}`;
    const page = pageSchema.parse(await reader.get(path));
    events.push(...page.chunk);
    from = page.chunk.length > 0 ? page.end : undefined;
  } while (from !== undefined);
  return events;
}

/** The oldest first. */
async function readEdits(reader: Account, roomId: string, eventId: string): Promise<Event[]> {
  const edits: Event[] = [];
  let from: string | undefined;
  do {
    const query = `dir=f&limit=100${from ? `&from=${encodeURIComponent(from)}` : ''}`;
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(eventId)}`;
    const page = relationsSchema.parse(await reader.get(`${path}/m.replace?${query}`));
    edits.push(...page.chunk);
    from = page.next_batch;
  } while (from !== undefined);
  return edits;
}
