import type { Pool, PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { StoredEvent } from '../../events/codec.ts';
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
export function readWhole(pool: Pool, after: Position, limit: number): Promise<WholeEvent[]> {
  return read(pool, statements.copyWhole(after, limit, maxWholeBytes), (row) => ({
    ...headOf(row),
    data: row.text(),
    metadata: row.text(),
    body: row.bytes(),
  }));
}

/**
 * Reads a large page by a binary COPY. The page is one block of memory, of which data and metadata become text only when
 * they are asked for: a rebuild reads ahead, and text that waits costs the garbage collector half of all that it does.
 */
export function readMany(pool: Pool, after: Position, limit: number): Promise<StoredEvent[]> {
  return read(pool, statements.copyPage(after, limit), (row) => {
    const head = headOf(row);
    const data = row.laterText();
    const metadata = row.laterText();
    return {
      ...head,
      get data() {
        return data();
      },
      get metadata() {
        return metadata();
      },
    };
  });
}

/** What both begin with. */
function headOf(row: Row): Omit<StoredEvent, 'data' | 'metadata'> {
  return { position: row.position(), id: row.id(), stream: row.text(), type: row.text() };
}

async function read<Event>(pool: Pool, statement: string, eventIn: (row: Row) => Event): Promise<Event[]> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    const row = new Row(await copied(client, statement));
    const events: Event[] = [];
    while (row.begins()) events.push(eventIn(row));
    return events;
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

/** Goes through the rows of a COPY, field by field. */
class Row {
  readonly #bytes: Buffer;
  #at = headBytes;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Each row begins with the number of its columns; -1 ends them. */
  begins(): boolean {
    const columns = this.#bytes.readInt16BE(this.#at);
    this.#at += 2;
    return columns !== none;
  }

  position(): Position {
    return this.#bytes.readBigInt64BE(this.#pass(this.#length())) as Position;
  }

  id(): EventId {
    const at = this.#pass(this.#length());
    const hex = this.#bytes.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId;
  }

  text(): string {
    return this.laterText()();
  }

  /** The text as it is when it is asked for. */
  laterText(): () => string {
    const length = this.#length();
    const from = this.#pass(length);
    const bytes = this.#bytes;
    return () => bytes.toString('utf8', from, from + length);
  }

  bytes(): Uint8Array | null {
    const length = this.#length();
    if (length === none) return null;
    const from = this.#pass(length);
    return this.#bytes.subarray(from, from + length);
  }

  #length(): number {
    const length = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return length;
  }

  /** Where the field begins that is passed over by it. */
  #pass(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }
}
