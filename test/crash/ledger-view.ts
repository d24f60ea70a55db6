import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { expect, vi } from 'vitest';
import type { AcceptedEvent } from '../support/homeserver.ts';
import type { TestPush } from './pushes.ts';

/** Both subscribers of the service. */
const checkpoints = ['data_factory', 'notifier'];

/** Waits until nothing is left to be done: everything handled to the end of the log, planned and sent. */
export async function settled(database: Pool, patienceMs = 60_000): Promise<void> {
  await vi.waitFor(async () => expect(await unfinished(database)).toEqual([]), {
    timeout: patienceMs,
    interval: 30,
  });
}

async function unfinished(database: Pool): Promise<string[]> {
  const { rows } = await database.query<{ name: string; at_head: boolean }>(
    `select name, position = (select max(position) from pushledger.events) as at_head from pushledger.checkpoints`,
  );
  const { rows: open } = await database.query<{ due: number; planned: number }>(
    `select (select count(*)::int from pushledger.due_pushes) as due,
            (select count(*)::int from pushledger.notifications where state <> 'sent') as planned`,
  );
  const behind = checkpoints.filter((name) => !rows.some((row) => row.name === name && row.at_head));
  const left = open.flatMap(({ due, planned }) => [
    ...(due > 0 ? [`${due} pushes are due`] : []),
    ...(planned > 0 ? [`${planned} messages are not sent`] : []),
  ]);
  return [...behind.map((name) => `${name} is behind`), ...left];
}

/** What there is of a push, each by number. */
export interface Traces {
  readonly received: number;
  readonly runs: readonly string[];
  readonly planned: number;
  readonly sent: number;
  /** In the room, by the homeserver. */
  readonly messages: number;
}

export async function tracesOf(
  database: Pool,
  room: readonly AcceptedEvent[],
  push: TestPush,
): Promise<Traces> {
  const pushIds = await pushIdsOf(database, push);
  const { rows: runs } = await database.query<{ status: string }>(
    `select status from data_factory.runs where push_id = any($1::uuid[])`,
    [pushIds],
  );
  const { rows: events } = await database.query<{ type: string; count: number }>(
    `select type, count(*)::int as count from pushledger.events where correlation_id = any($1::text[]) group by type`,
    [pushIds],
  );
  const count = (type: string) => events.find((row) => row.type === type)?.count ?? 0;
  return {
    received: pushIds.length,
    runs: runs.map(({ status }) => status),
    planned: count('NotificationPlanned'),
    sent: count('NotificationSent'),
    messages: room.filter((event) => namesOneOf(event, pushIds)).length,
  };
}

/** What there is to be of a push. */
export function tracesExpectedOf({ expected }: TestPush): Traces {
  const messages = expected === 'announced' ? 1 : 0;
  const received = expected === 'none' ? 0 : 1;
  const runs = { announced: ['success'], ignored: ['ignored'], none: [] }[expected];
  return { received, runs, planned: messages, sent: messages, messages };
}

/** Of each node: the runs that it counts beside those that it has. */
export async function runCounts(database: Pool): Promise<{ counted: string; held: string }[]> {
  const { rows } = await database.query<{ counted: string; held: string }>(
    `select n.run_count::text as counted, count(r.run_id)::text as held
     from data_factory.nodes n left join data_factory.runs r using (node_id)
     group by n.node_id`,
  );
  return rows;
}

/** By the digest of the bytes: the ids of all PushReceived that were made of this body. */
async function pushIdsOf(database: Pool, { body }: TestPush): Promise<string[]> {
  const { rows } = await database.query<{ push_id: string }>(
    `select data::json ->> 'pushId' as push_id from pushledger.events
     where type = 'PushReceived' and data::json -> 'body' ->> 'digest' = $1`,
    [createHash('sha256').update(body).digest('hex')],
  );
  return rows.map((row) => row.push_id);
}

function namesOneOf({ content }: AcceptedEvent, pushIds: readonly string[]): boolean {
  const own = JSON.stringify(content['dev.pushledger'] ?? null);
  return pushIds.some((id) => own.includes(id));
}
