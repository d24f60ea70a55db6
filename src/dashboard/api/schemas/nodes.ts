/**
 * `GET /api/nodes` — the extractors of data_factory, the last active first, with runs per day of the last 30 days.
 * `GET /api/runs?node=` — runs, the newest first: of one node, or of all.
 */
import { z } from 'zod';
import {
  count,
  cursorParameter,
  day,
  limitParameter,
  nextCursor,
  textParameter,
  timestamp,
  uuid,
  zoneParameter,
} from './common.ts';

/** Of the sparkline. */
export const sparklineDays = 30;

export const nodeQuery = z.object({
  zone: zoneParameter,
  limit: limitParameter(50, 200),
  cursor: cursorParameter.optional(),
});

export const node = z
  .object({
    nodeId: z.string(),
    name: z.string().nullable(),
    /** owner/name */
    repository: z.string().nullable(),
    repositoryUrl: z.string().nullable(),
    lastRunId: uuid.nullable(),
    lastRunAt: timestamp.nullable(),
    /** success, ignored, running or failed */
    lastStatus: z.string().nullable(),
    runCount: count,
    createdAt: timestamp.nullable(),
    /** One for each of `days`. */
    runsPerDay: z.array(count),
  })
  .meta({ id: 'Node' });

export const nodeList = z
  .object({
    /** The days of every sparkline, the oldest first; the last one is today. */
    days: z.array(day),
    nodes: z.array(node),
    nextCursor,
  })
  .meta({ id: 'NodeList' });

export const runQuery = z.object({
  node: textParameter(800).optional().meta({ description: 'A node id, such as gitea_push_parser' }),
  limit: limitParameter(50, 200),
  cursor: cursorParameter.optional(),
});

export const run = z
  .object({
    runId: uuid,
    nodeId: z.string(),
    /** webhook, recovery or api */
    trigger: z.string().nullable(),
    /** success, ignored, running or failed */
    status: z.string().nullable(),
    startedAt: timestamp,
    finishedAt: timestamp.nullable(),
    durationMs: z.int().nullable(),
    /** The push that it is, or that started it. */
    pushId: uuid.nullable(),
    parentRunId: uuid.nullable(),
    ref: z.string().nullable(),
    branch: z.string().nullable(),
    after: z.string().nullable(),
    commitCount: count.nullable(),
    author: z.string().nullable(),
    pusher: z.string().nullable(),
    /** First line of the newest commit's message. */
    title: z.string().nullable(),
    url: z.string().nullable(),
    compareUrl: z.string().nullable(),
  })
  .meta({ id: 'Run' });

export const runList = z.object({ runs: z.array(run), nextCursor }).meta({ id: 'RunList' });

export type Node = z.infer<typeof node>;
export type NodeList = z.infer<typeof nodeList>;
export type Run = z.infer<typeof run>;
export type RunList = z.infer<typeof runList>;
