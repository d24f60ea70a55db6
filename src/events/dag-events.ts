import { z } from 'zod';
import { pushIdSchema, runIdSchema } from './ids.ts';

const timestamp = z.iso.datetime({ offset: true });

/** The first start with a dag_engine. Pushes that stand before it in the log are never triggered. */
export const dagTriggersStartedSchema = z.object({ startedAt: timestamp });

/** As much of the push as its run's row shows, so that no projection has to look the push up. */
const trigger = z.object({
  pushId: pushIdSchema,
  dag: z.string(),
  instance: z.string(),
  repository: z.object({ id: z.number().int(), fullName: z.string() }),
  ref: z.string(),
  branch: z.string().nullable(),
  before: z.string().nullable(),
  after: z.string(),
  attempts: z.number().int().positive(),
  startedAt: timestamp.describe('Start of the first attempt of the process that saw the outcome.'),
});

/** dag_engine accepted the run. What becomes of it, it does not tell us. */
export const dagTriggeredSchema = trigger.extend({
  runId: runIdSchema.describe(
    "Of the run's row: the id that dag_engine gave where that can be one, else the one that we asked under.",
  ),
  remoteRunId: z
    .string()
    .nullable()
    .describe('What dag_engine calls the run, as it said it; null where it said nothing of use.'),
  remoteUrl: z.string().nullable().describe('Where the run can be looked at, where dag_engine says so.'),
  httpStatus: z.number().int(),
  triggeredAt: timestamp,
});

/** Given up until a person looks. */
export const dagTriggerFailedSchema = trigger.extend({ reason: z.string(), failedAt: timestamp });

/** A person wants a push triggered after all that was given up, or that had become too old. */
export const dagTriggerRetriedSchema = z.object({ pushId: pushIdSchema, retriedAt: timestamp });
