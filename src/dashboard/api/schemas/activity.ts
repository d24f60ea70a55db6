/**
 * `GET /api/activity` — pushes per day and repository (heat map), latency from push to message over time with a
 * histogram, and deliveries by outcome; over a range of at most 366 days, by default the last 30.
 */
import { z } from 'zod';
import { count, day, timeParameter, timestamp, zoneParameter } from './common.ts';

export const activityQuery = z.object({
  since: timeParameter.optional().meta({ description: 'By default 30 days ago' }),
  until: timeParameter.optional().meta({ description: 'Exclusive; by default now' }),
  zone: zoneParameter,
  bucket: z.enum(['hour', 'day']).default('day').meta({ description: 'Of the latency over time' }),
  repositories: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(20)
    .meta({ description: 'The busiest so many have rows of their own; all others are one row' }),
});

/** Upper ends of the histogram's bins in milliseconds; the last bin has none. */
export const latencyBins = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000] as const;

export const activity = z
  .object({
    since: timestamp,
    until: timestamp,
    zone: z.string(),
    /** Days of the range, the oldest first. */
    days: z.array(day),
    /** The busiest first; the last row may be `repository: null`, which is all others together. */
    heatMap: z.array(
      z.object({
        repository: z.string().nullable(),
        total: count,
        /** One for each of `days`. */
        pushes: z.array(count),
      }),
    ),
    latency: z.object({
      /** Later pushes than this were looked at; after `since` where the range holds too many. */
      from: timestamp,
      total: count,
      /** Milliseconds from receiving a push to its message being in the room; null without any. */
      p50: z.number().nullable(),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
      overTime: z.array(
        z.object({ at: timestamp, total: count, p50: z.number(), p95: z.number(), p99: z.number() }),
      ),
      /** The bins of `latencyBins` and one for all that took longer. */
      histogram: z.array(z.object({ upToMs: z.number().nullable(), pushes: count })),
    }),
    deliveries: z.object({
      /** From the events, one for each of `days`. */
      perDay: z.array(z.object({ day, accepted: count, ignored: count, recovered: count, duplicate: count })),
      /** Everything that was answered since this process started, by result: accepted, duplicate, SIGNATURE_WRONG, … */
      sinceStart: z.array(z.object({ result: z.string(), deliveries: count })),
      startedAt: timestamp,
    }),
  })
  .meta({ id: 'Activity' });

export type Activity = z.infer<typeof activity>;
export type ActivityQuery = z.infer<typeof activityQuery>;
