/**
 * `GET /api/events` — live, as server-sent events. An EventSource comes back by itself and sends `Last-Event-ID`; then
 * it gets everything in between, or one `reset` where that would be too much.
 *
 * - `event: changes` (id: position): what the log has got since the last one, at most every 250 ms. `data`: `changes`.
 * - `event: status`: how followers, messages and a rebuild stand, whenever that changed; at once on connecting. `status`.
 * - `event: reset` (id: position): there is a gap, read everything again. `data`: `{"position"}`.
 * - `: ` a comment every 15 s, as a sign of life. Silence for 40 s means that the connection is dead.
 * The first frame says `retry: 2000`.
 */
import { z } from 'zod';
import { count, position, timestamp, uuid } from './common.ts';
import { rebuild } from './projections.ts';
import { listedPush } from './pushes.ts';

export const liveQuery = z.object({
  /** For a client that cannot send a header on its first connection. */
  after: position.optional().meta({ description: 'As Last-Event-ID, which goes before it' }),
});

/** A message's or a trigger's outcome. */
const outcome = z.object({
  pushIds: z.array(uuid),
  state: z.string(),
  at: timestamp,
  reason: z.string().nullable(),
});

export const changes = z
  .object({
    position,
    /** The newest first, at most 20 of them. */
    pushes: z.array(listedPush),
    /** How many came besides: where it is not 0, the list has to be read again. */
    morePushes: count,
    notifications: z.array(outcome.extend({ messageId: uuid, version: z.int().positive() })),
    moreNotifications: count,
    triggers: z.array(outcome),
    moreTriggers: count,
  })
  .meta({ id: 'Changes' });

export const status = z
  .object({
    head: position.nullable(),
    projections: z.array(z.object({ name: z.string(), position, lag: count.nullable(), parked: count })),
    notifications: z.object({ planned: count, parked: count }),
    rebuild: rebuild.nullable(),
  })
  .meta({ id: 'LiveStatus' });

export const reset = z.object({ position }).meta({ id: 'Reset' });

export type Changes = z.infer<typeof changes>;
export type LiveStatus = z.infer<typeof status>;
export type Reset = z.infer<typeof reset>;
