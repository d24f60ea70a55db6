/**
 * `GET /api/projections` — how far each follower of the log is, what it could not take, and the last rebuild.
 * `POST /api/rebuilds` — starts a rebuild in the service, of all projections or of those named: 202 with the rebuild;
 *   409 `REBUILD_RUNNING` while another one runs. Needs ADMIN_TOKEN.
 * `GET /api/rebuilds/{rebuildId}` — how far it is, and then what it changed. Needs ADMIN_TOKEN.
 */
import { z } from 'zod';
import { count, position, timestamp, uuid } from './common.ts';

export const difference = z
  .object({ projection: z.string(), table: z.string(), added: count, changed: count, removed: count })
  .meta({ id: 'Difference' });

export const rebuild = z
  .object({
    rebuildId: uuid,
    projections: z.array(z.string()),
    dryRun: z.boolean(),
    state: z.enum(['running', 'done', 'failed']),
    startedAt: timestamp,
    finishedAt: timestamp.nullable(),
    /** Events read so far. */
    events: count,
    position,
    /** Where the log ended when it began: position / head is the part that is done. */
    head: position,
    error: z.string().nullable(),
    /** Rows by table; empty until it is done. */
    differences: z.array(difference),
  })
  .meta({ id: 'Rebuild' });

export const projection = z
  .object({
    name: z.string(),
    /** True for what can be rebuilt; others (notifier, trigger, …) follow the log too. */
    rebuildable: z.boolean(),
    /** Of its rows; null for what has none. */
    version: z.int().nullable(),
    position,
    /** How far the log goes beyond it, in positions; null while the log cannot be read. */
    lag: count.nullable(),
    /** Why it does not move, where it runs in this process; else null. */
    error: z.string().nullable(),
    /** Events that it could not take and nobody has decided about yet. */
    parked: count,
    /** At most 100, the oldest first; decided ones (`skippedAt`) among them. */
    parkedEvents: z.array(
      z.object({
        eventId: uuid,
        type: z.string(),
        error: z.string(),
        attempts: count,
        parkedAt: timestamp,
        skippedAt: timestamp.nullable(),
      }),
    ),
  })
  .meta({ id: 'Projection' });

export const projectionList = z
  .object({
    /** Where the log ends; null while it cannot be read. */
    head: position.nullable(),
    projections: z.array(projection),
    /** The running rebuild, else the last one of this process, else null. */
    rebuild: rebuild.nullable(),
  })
  .meta({ id: 'ProjectionList' });

export const rebuildBody = z.object({
  /** All of them when left out. */
  projections: z.array(z.string().min(1).max(100)).min(1).max(20).optional(),
  /** Shows what differs and changes nothing. */
  dryRun: z.boolean().default(false),
});
export const rebuildParams = z.object({ rebuildId: uuid });

export type Difference = z.infer<typeof difference>;
export type Rebuild = z.infer<typeof rebuild>;
export type Projection = z.infer<typeof projection>;
export type ProjectionList = z.infer<typeof projectionList>;
