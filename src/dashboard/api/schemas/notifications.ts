/**
 * `GET /api/notifications` — messages to the rooms, the newest first, and how many there are of each state.
 * `POST /api/notifications/{messageId}/retry` — tries a parked message again. Needs ADMIN_TOKEN.
 * `POST /api/notifications/retry` — tries all parked ones again. `{"expected": n}` is the count that the person saw and
 *   agreed to; where another number is parked now, 409 `COUNT_CHANGED` and nothing is done. Needs ADMIN_TOKEN.
 */
import { z } from 'zod';
import { count, cursorParameter, limitParameter, nextCursor, timestamp, uuid } from './common.ts';

/**
 * `planned`: on its way; `sent`: the room has it; `parked`: given up, waiting for a person, with the reason;
 * `superseded`: never to be sent, as a later version was, or as another message had named its pushes before.
 */
export const notificationState = z.enum(['planned', 'sent', 'parked', 'superseded']);

export const notificationQuery = z.object({
  state: notificationState.optional(),
  limit: limitParameter(50, 200),
  cursor: cursorParameter.optional(),
});

export const notification = z
  .object({
    messageId: uuid,
    version: z.int().positive(),
    room: z.string(),
    pushIds: z.array(uuid),
    state: notificationState,
    plannedAt: timestamp,
    sentAt: timestamp.nullable(),
    failedAt: timestamp.nullable(),
    /** Of the last outcome; 0 while there is none. */
    attempts: count,
    /** The event id that the homeserver gave. */
    remoteId: z.string().nullable(),
    reason: z.string().nullable(),
    /** Plain text of the message. */
    text: z.string(),
  })
  .meta({ id: 'Notification' });

export const notificationList = z
  .object({
    notifications: z.array(notification),
    nextCursor,
    /** Over all notifications, whatever was asked for; a few seconds old at most. */
    counts: z.object({ planned: count, sent: count, parked: count, superseded: count }),
  })
  .meta({ id: 'NotificationList' });

export const notificationParams = z.object({ messageId: uuid });
export const bulkRetryBody = z.object({ expected: count });
export const retryAnswer = z
  .object({
    /** How many are tried again. */
    retried: count,
  })
  .meta({ id: 'RetryAnswer' });

export type NotificationState = z.infer<typeof notificationState>;
export type Notification = z.infer<typeof notification>;
export type NotificationList = z.infer<typeof notificationList>;
export type RetryAnswer = z.infer<typeof retryAnswer>;
