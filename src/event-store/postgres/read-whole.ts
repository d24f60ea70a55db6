import type { Pool, PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { EventId, Position } from '../../events/ids.ts';
import type { WholeEvent } from '../event-store.ts';
import * as statements from './statements.ts';

/** What a page of whole events may hold, in bytes. */
const maxWholeBytes = 8 * 1024 * 1024;
/** Signature, flags and the length of an extension that there is none of. */
const headBytes = 19;
const none = -1;

/**
 * Reads events with their bytes by a binary COPY: rows of a query carry bytes as hexadecimal text, and reading them
 * took the server and us almost twice as long together.
 *
 * Format: https://www.postgresql.org/docs/current/sql-copy.html
 */
export async function readWhole(pool: Pool, after: Position, limit: number): Promise<WholeEvent[]> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    return eventsIn(await copied(client, statements.copyWhole(after, limit, maxWholeBytes)));
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // A connection that broke in the middle of a COPY is of no more use.
    client.release(failure instanceof Error ? failure : undefined);
  }
}

async function copied(client: PoolClient, statement: string): Promise<Buffer> {
  // pg puts what stops the time-out of a query into its callback, which a stream does not call.
  const stream = Object.assign(copyTo(statement), { callback: () => {} });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of client.query(stream)) chunks.push(chunk);
  } finally {
    stream.callback();
  }
  return Buffer.concat(chunks);
}

function eventsIn(bytes: Buffer): WholeEvent[] {
  const events: WholeEvent[] = [];
  let at = headBytes;
  const field = (): [from: number, to: number] | null => {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === none) return null;
    at += length;
    return [at - length, at];
  };
  const text = () => {
    const [from = at, to = at] = field() ?? [];
    return bytes.toString('utf8', from, to);
  };
  // Each row begins with the number of its columns; -1 ends them.
  while (bytes.readInt16BE(at) !== none) {
    at += 2;
    const [position = at] = field() ?? [];
    const [id = at] = field() ?? [];
    events.push({
      position: bytes.readBigInt64BE(position) as Position,
      id: uuidAt(bytes, id),
      stream: text(),
      type: text(),
      data: text(),
      metadata: text(),
      body: bodyIn(bytes, field()),
    });
  }
  return events;
}

function bodyIn(bytes: Buffer, place: readonly [from: number, to: number] | null): Uint8Array | null {
  return place && bytes.subarray(...place);
}

function uuidAt(bytes: Buffer, at: number): EventId {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId;
}
