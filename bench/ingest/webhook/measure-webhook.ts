import pg from 'pg';
import { type Measured, sendPushes } from '../send-pushes.ts';
import { type RunningWebhook, startWebhook } from './start-webhook.ts';

export interface WebhookMeasured extends Measured {
  readonly psql: string;
  readonly connections: number;
  /** Answers of 200 a second. */
  readonly storedPerSecond: number;
}

const warmUpMs = 300;
const measureMs = 2_000;
/** A process a push: no machine does more. */
const deliveriesPerSecond = 2_000;

/** Where `store-push.sql` inserts. */
export async function createWebhookTable(databaseUrl: string): Promise<void> {
  await query(databaseUrl, 'create schema bench_webhook');
  await query(
    databaseUrl,
    `create table bench_webhook.deliveries (
       delivery_id uuid primary key,
       body jsonb not null,
       received_at timestamptz not null default now()
     )`,
  );
}

/**
 * adnanh/webhook with this psql, started for this, once for each number of connections.
 *
 * @throws when it takes a wrong signature, takes nothing, or when a push answered 200 is no row (or another one is)
 */
export async function measureWebhook(
  databaseUrl: string,
  psql: string,
  connectionCounts: readonly number[],
): Promise<WebhookMeasured[]> {
  const rowsBefore = await countRows(databaseUrl);
  const webhook = await startWebhook(databaseUrl, psql);
  try {
    await expectRefusal(webhook);
    const all: WebhookMeasured[] = [];
    let accepted = 0;
    for (const connections of connectionCounts) {
      const send = (ms: number) =>
        sendPushes(webhook.url, webhook.secret, { connections, ms, deliveriesPerSecond });
      const warmUp = await send(warmUpMs);
      const measured = await send(measureMs);
      accepted += acceptedIn(warmUp) + acceptedIn(measured);
      all.push({ psql, connections, ...measured, storedPerSecond: storedPerSecond(measured) });
    }
    const rows = (await countRows(databaseUrl)) - rowsBefore;
    if (accepted === 0) throw new Error(`adnanh/webhook took no push: ${JSON.stringify(all)}`);
    if (rows !== accepted) throw new Error(`adnanh/webhook took ${accepted} pushes, but ${rows} are rows`);
    return all;
  } finally {
    await webhook.end();
  }
}

export function countRows(databaseUrl: string): Promise<number> {
  return query(databaseUrl, 'select count(*)::int as count from bench_webhook.deliveries');
}

/** One push, signed with another secret. */
async function expectRefusal({ url }: RunningWebhook): Promise<void> {
  const sending = { connections: 1, ms: 1, deliveriesPerSecond: 100_000 };
  const { statuses } = await sendPushes(url, 'not the secret', sending);
  const others = Object.keys(statuses).filter((status) => status !== '403');
  if (others.length > 0) throw new Error(`a wrong signature was answered ${others.join(', ')}, not 403`);
}

function acceptedIn({ statuses }: Measured): number {
  return statuses['200'] ?? 0;
}

function storedPerSecond(measured: Measured): number {
  const answers = Object.values(measured.statuses).reduce((sum, count) => sum + count, 0);
  return (measured.perSecond * acceptedIn(measured)) / answers;
}

async function query(databaseUrl: string, statement: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(statement);
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
