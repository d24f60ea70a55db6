import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { byteaArray, textArray, uuidArray } from '../../src/postgres/binary-array.ts';

/** What the disk and one connection do at most, each a second. */
export interface Limits {
  readonly fsyncs: number;
  /** Events by `INSERT ... SELECT FROM unnest`, a commit a batch of the writer's largest size. */
  readonly unnest: number;
  /** The same events by COPY in binary. */
  readonly copy: number;
}

interface Row {
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly correlation_id: string;
  readonly body: Buffer;
}

const measureMs = 1_000;
/** As in `batch-writer.ts`. */
const batchEvents = 128;
const copyStart = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const copyEnd = Buffer.from([0xff, 0xff]);
const columns = 'event_id, stream, type, data, metadata, correlation_id, body';

/** Measured with pushes that lie in the log, on a copy of its table with all its keys. */
export async function measureLimits(databaseUrl: string): Promise<Limits> {
  const fsyncs = await measureFsyncs();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<Row>(
      `select type, data, metadata, correlation_id, body from pushledger.events where type = 'PushReceived' limit $1`,
      [batchEvents],
    );
    if (rows.length < batchEvents) throw new Error(`the log has only ${rows.length} pushes to measure with`);
    await client.query('create schema bench_limits');
    await client.query('create table bench_limits.events (like pushledger.events including all)');
    const unnest = await perSecond(batchEvents, () => insert(client, rows));
    const copy = await perSecond(batchEvents, () => copyIn(client, rows));
    return { fsyncs, unnest, copy };
  } finally {
    await client.end();
  }
}

/** Fsyncs of one page of WAL, on the disk where the benchmark's database lies. */
async function measureFsyncs(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pushledger-bench-fsync-'));
  const file = openSync(join(folder, 'wal'), 'w');
  const page = Buffer.alloc(8_192, 1);
  const pages = 2_048;
  try {
    // Written before, as a segment of WAL is: a file that grows costs a fsync of its metadata as well.
    for (let at = 0; at < pages; at++) writeSync(file, page, 0, page.length, at * page.length);
    let next = 0;
    return await perSecond(1, async () => {
      writeSync(file, page, 0, page.length, (next++ % pages) * page.length);
      fdatasyncSync(file);
    });
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

async function insert(client: pg.Client, rows: readonly Row[]): Promise<void> {
  await client.query({
    name: 'limit-unnest',
    text: `insert into bench_limits.events (${columns})
           select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])`,
    values: [
      uuidArray(rows.map(() => randomUUID())),
      textArray(rows.map(() => randomUUID())),
      textArray(rows.map((row) => row.type)),
      textArray(rows.map((row) => row.data)),
      textArray(rows.map((row) => row.metadata)),
      textArray(rows.map((row) => row.correlation_id)),
      byteaArray(rows.map((row) => row.body)),
    ],
  });
}

async function copyIn(client: pg.Client, rows: readonly Row[]): Promise<void> {
  const into = client.query(copyFrom(`copy bench_limits.events (${columns}) from stdin (format binary)`));
  const lines = rows.flatMap(({ type, data, metadata, correlation_id, body }) => {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
    return copyRow([id, ...[randomUUID(), type, data, metadata, correlation_id].map(bytesOf), body]);
  });
  await pipeline(Readable.from([Buffer.concat([copyStart, ...lines, copyEnd])]), into);
}

/** See https://www.postgresql.org/docs/current/sql-copy.html: how many fields, then each with its length. */
function copyRow(fields: readonly Buffer[]): Buffer[] {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  const withLengths = fields.flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field.length);
    return [length, field];
  });
  return [count, ...withLengths];
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

async function perSecond(each: number, task: () => Promise<void>): Promise<number> {
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < measureMs) {
    await task();
    count += each;
  }
  return count / ((performance.now() - started) / 1_000);
}
