import { randomUUID } from 'node:crypto';
import { createLogFile, type LogFile } from './log-file.ts';

export interface LogRecord {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
  /** By the server's clock, in milliseconds. */
  readonly created: number;
}

export type Proposed = Pick<LogRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
export type ExpectedRevision = 'any' | 'no-stream' | 'stream-exists' | number;

export type AppendResult =
  | { readonly result: 'appended' | 'repeated'; readonly position: bigint; readonly revision: number }
  | { readonly result: 'wrong-version'; readonly current: number | null };

export interface EventLog {
  readonly records: readonly LogRecord[];
  append(stream: string, expected: ExpectedRevision, events: readonly Proposed[], now: number): AppendResult;
  stream(name: string): readonly LogRecord[];
  /** Index of the first record at or after a position. */
  indexOf(position: bigint): number;
  /** Calls back when the log has grown, until the function that it gives is called. */
  onGrowth(listener: () => void): () => void;
  close(): void;
}

/** An event of the server's own after so many others, so that positions and order are not all ours. */
const systemEventEvery = 7;

/**
 * The log, which all nodes of a cluster share. It decides on an append as the server does (`IndexWriter.CheckCommit`
 * of 23.10 to 26.1), and its positions grow with the size of what is stored.
 *
 * @param file where it is kept, so that it outlives the process; in memory alone when absent
 */
export function createEventLog(file?: string): EventLog {
  const records: LogRecord[] = [];
  const streams = new Map<string, LogRecord[]>();
  const listeners = new Set<() => void>();
  let end = 0n;
  const kept: LogFile | null = file === undefined ? null : createLogFile(file, restore);

  function restore(record: LogRecord): void {
    records.push(record);
    const stream = streams.get(record.stream);
    if (stream) stream.push(record);
    else streams.set(record.stream, [record]);
    end = record.position + BigInt(sizeOf(record));
  }

  function write(stream: string, event: Proposed, created: number): LogRecord {
    const revision = streams.get(stream)?.length ?? 0;
    const record = { ...event, position: end, stream, revision, created };
    kept?.write(record);
    restore(record);
    return record;
  }

  function writeSystemEvent(created: number): void {
    const data = Buffer.from(JSON.stringify({ records: records.length }));
    const metadata = Buffer.from('{}');
    write(
      '$stats-node',
      { id: randomUUID(), type: '$statsCollected', contentType: 'application/json', data, metadata },
      created,
    );
  }

  function repeated(
    stream: readonly LogRecord[],
    from: number,
    events: readonly Proposed[],
  ): AppendResult | null {
    const first = stream[from];
    if (!first || !events.every((event, index) => stream[from + index]?.id === event.id)) return null;
    return { result: 'repeated', position: first.position, revision: from + events.length - 1 };
  }

  if (records.length === 0) writeSystemEvent(Date.now());

  return {
    records,
    append(name, expected, events, now) {
      const stream = streams.get(name) ?? [];
      const current = stream.length - 1;
      const wrong: AppendResult = { result: 'wrong-version', current: current < 0 ? null : current };
      if (expected === 'any' || expected === 'stream-exists') {
        const at = stream.findIndex(({ id }) => id === events[0]?.id);
        const again = at < 0 ? null : repeated(stream, at, events);
        if (again) return again;
        if (expected === 'stream-exists' && current < 0) return wrong;
      } else {
        const wanted = expected === 'no-stream' ? -1 : expected;
        if (wanted < current) return repeated(stream, wanted + 1, events) ?? wrong;
        if (wanted > current) return wrong;
      }
      let last: LogRecord | null = null;
      for (const event of events) {
        last = write(name, event, now);
        if (records.length % systemEventEvery === 0) writeSystemEvent(now);
      }
      kept?.sync();
      for (const listener of listeners) listener();
      return { result: 'appended', position: last?.position ?? end, revision: last?.revision ?? current };
    },
    stream: (name) => streams.get(name) ?? [],
    indexOf(position) {
      let low = 0;
      let high = records.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((records[middle]?.position ?? position) < position) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    onGrowth(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => kept?.close(),
  };
}

function sizeOf(record: Proposed & { readonly stream: string }): number {
  return 96 + record.stream.length + record.type.length + record.data.length + record.metadata.length;
}
