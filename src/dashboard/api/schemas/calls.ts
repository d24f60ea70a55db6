/**
 * `GET /api/calls?trace=` — the chain of one push (the trace is the push id): received, stored, recorded, announced,
 * triggered. For a waterfall, a bar begins `offsetMs` after the first call and is `durationMs` long.
 */
import { z } from 'zod';
import { count, timestamp, uuid } from './common.ts';

export const callQuery = z.object({ trace: uuid.meta({ description: 'A push id' }) });

export const call = z
  .object({
    callId: uuid,
    parentCallId: uuid.nullable(),
    /** How many calls led to it. */
    depth: count,
    /** ingest.receive, event_store.append, data_factory.record, matrix.send_message, dag_engine.trigger, … */
    functionName: z.string(),
    /** ok, retried or error */
    status: z.string(),
    startedAt: timestamp,
    /** Milliseconds since the first call of the chain. */
    offsetMs: z.number(),
    /** Null where no event holds it. */
    durationMs: z.number().nullable(),
    error: z.string().nullable(),
    attributes: z.record(z.string(), z.json()),
  })
  .meta({ id: 'Call' });

export const callList = z.object({ trace: uuid, calls: z.array(call) }).meta({ id: 'CallList' });

export type Call = z.infer<typeof call>;
export type CallList = z.infer<typeof callList>;
