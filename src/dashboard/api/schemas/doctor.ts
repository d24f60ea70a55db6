/**
 * `GET /api/doctor` — what `pushledger doctor` finds, half a minute old at most.
 */
import { z } from 'zod';
import { timestamp } from './common.ts';

export const doctorReport = z
  .object({
    checkedAt: timestamp,
    checks: z.array(
      z.object({
        /** configuration, data directory, database, event store, Gitea, Matrix, dag_engine, clocks, spool, work */
        group: z.string(),
        check: z.string(),
        verdict: z.enum(['ok', 'warning', 'wrong', 'skipped']),
        text: z.string(),
        /** What to do about it; null where there is nothing to do. */
        advice: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'DoctorReport' });

export type DoctorReport = z.infer<typeof doctorReport>;
