import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { pushTo } from '../../test/e2e/support/pushes.ts';
import { namings, readRoom } from '../../test/e2e/support/read-room.ts';
import { until } from '../../test/support/condition.ts';
import { residentMemory } from '../support/resident-memory.ts';
import { latenciesOf, type Pushed, type Quantiles, quantilesOf, type SentVersion } from './figures.ts';
import type { Setting } from './setting.ts';

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  readonly repositories: number;
}

export interface Measured {
  readonly pushes: number;
  /** Push to accepted, in milliseconds. */
  readonly latency: Quantiles;
  readonly messages: number;
  readonly edits: number;
  readonly messagesPerPush: number;
  readonly editsPerPush: number;
  /** 429 answers; null where nobody counted. */
  readonly refusals: number | null;
  /** Of the service's process, in MB. */
  readonly memory: { readonly ready: number; readonly after: number; readonly most: number } | null;
}

/** Until the last push is named, in milliseconds: a minute's window, and what the limit holds back. */
const patienceMs = 10 * 60_000;

/** Pushes at a steady rate, whatever the answers do, and waits until the room names each push exactly once. */
export async function measure(setting: Setting, pool: Pool, load: Load): Promise<Measured> {
  const { service, person, room, proxy } = setting;
  const ready = await residentMemory(service.process.pid);
  // The first message of all loads the SDK and has the account join the room.
  const first = await pushTo(service.address, { repository: 'warm-up', message: 'a change' });
  await until('the first message', async () => (await readRoom(person, room)).length > 0, patienceMs);

  const pushes = await pushSteadily(service.address, load);
  await until('all pushes to be named', async () => (await countUnnamed(pool, pushes)) === 0, patienceMs);

  const after = await residentMemory(service.process.pid);
  const pushIds = pushes.map(({ pushId }) => pushId);
  const messages = await readRoom(person, room);
  const wrong = Object.entries(namings(messages, [first, ...pushIds])).filter(([, times]) => times !== 1);
  if (wrong.length > 0) throw new Error(`not named by exactly one message: ${JSON.stringify(wrong)}`);
  const versions = (await readVersions(pool)).filter((version) => !version.pushIds.includes(first));
  const sentFirst = versions.filter(({ version }) => version === 1).length;
  const edits = versions.length - sentFirst;
  return {
    pushes: pushes.length,
    latency: quantilesOf(latenciesOf(pushes, versions)),
    messages: sentFirst,
    edits,
    messagesPerPush: sentFirst / pushes.length,
    editsPerPush: edits / pushes.length,
    refusals: proxy?.sends().filter(({ status }) => status === 429).length ?? null,
    memory: ready && after && { ready: ready.now, after: after.now, most: after.most },
  };
}

async function pushSteadily(address: string, { perSecond, seconds, repositories }: Load): Promise<Pushed[]> {
  const started = performance.now();
  const pushes: Promise<Pushed>[] = [];
  for (let index = 0; index < perSecond * seconds; index++) {
    const early = started + (index * 1_000) / perSecond - performance.now();
    if (early > 0) await pause(early);
    const at = new Date();
    const push = { repository: `repository-${index % repositories}`, message: `change ${index}` };
    pushes.push(pushTo(address, push).then((pushId) => ({ pushId, at })));
  }
  return Promise.all(pushes);
}

async function countUnnamed(pool: Pool, pushes: readonly Pushed[]): Promise<number> {
  // Not more often: what is measured is not this.
  await pause(200);
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from unnest($1::uuid[]) as pushed (push_id)
     where not exists (
       select 1 from pushledger.notifications n where n.state = 'sent' and pushed.push_id = any (n.push_ids)
     )`,
    [pushes.map(({ pushId }) => pushId)],
  );
  return rows[0]?.count ?? pushes.length;
}

async function readVersions(pool: Pool): Promise<SentVersion[]> {
  const { rows } = await pool.query<{ version: number; push_ids: string[]; sent_at: Date }>(
    `select version, push_ids, sent_at from pushledger.notifications where state = 'sent'`,
  );
  return rows.map((row) => ({ version: row.version, pushIds: row.push_ids, sentAt: row.sent_at }));
}
