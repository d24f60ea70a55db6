import { z } from 'zod';
import { type RunId, runIdSchema } from '../events/ids.ts';
import { oneLine } from './outside-text.ts';

/** What dag_engine said of the run that it accepted. Both are optional. */
export interface Answer {
  readonly remoteRunId: string | null;
  readonly remoteUrl: string | null;
}

const maxId = 255;
const maxUrl = 2_000;

const identifier = z.union([z.string(), z.number()]);
/** The names under which engines tell a run's id and address; each may be missing or be something else. */
const told = z.object({
  run_id: identifier.optional().catch(undefined),
  runId: identifier.optional().catch(undefined),
  dag_run_id: identifier.optional().catch(undefined),
  id: identifier.optional().catch(undefined),
  url: z.string().optional().catch(undefined),
});
const answered = told.extend({ run: told.optional().catch(undefined) });

/** Never throws: what was accepted stays accepted, whatever the answer says besides. */
export function readAnswer(text: string): Answer {
  const outer = answered.safeParse(parseJson(text));
  if (!outer.success) return { remoteRunId: null, remoteUrl: null };
  const places = [outer.data, ...(outer.data.run ? [outer.data.run] : [])];
  return {
    remoteRunId: first(places, ({ run_id, runId, dag_run_id, id }) =>
      idOf([run_id, runId, dag_run_id, id].find((value) => value !== undefined)),
    ),
    remoteUrl: first(places, ({ url }) => addressOf(url)),
  };
}

/**
 * The id as a key of `data_factory.runs`, where it can be one. Version 5 is what our own ids are of: one that came from
 * outside could then be that of a push.
 */
export function asRunId(remoteRunId: string | null): RunId | null {
  const { success, data } = runIdSchema.safeParse(remoteRunId);
  return success && /^.{14}[1-46-8]/.test(data) ? data : null;
}

type Told = z.infer<typeof told>;

function first(places: readonly Told[], look: (place: Told) => string | null): string | null {
  return places.map(look).find((found) => found !== null) ?? null;
}

function idOf(value: string | number | undefined): string | null {
  return value === undefined ? null : oneLine(String(value), maxId) || null;
}

function addressOf(text: string | undefined): string | null {
  const url = text === undefined || text.length > maxUrl ? null : URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
