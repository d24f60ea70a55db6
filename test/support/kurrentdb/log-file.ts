import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { LogRecord } from './event-log.ts';

export interface LogFile {
  write(record: LogRecord): void;
  /** What was written is on the disk when this returns. */
  sync(): void;
  close(): void;
}

/** A line of JSON a record. A last line that was cut off by a kill was never answered for, and is dropped. */
export function createLogFile(path: string, restore: (record: LogRecord) => void): LogFile {
  const file = openSync(path, 'a+');
  const content = readFileSync(file);
  const whole = content.lastIndexOf('\n') + 1;
  for (const line of content.subarray(0, whole).toString().split('\n')) {
    if (line !== '') restore(parse(line));
  }
  if (whole < content.length) ftruncateSync(file, whole);
  return {
    write(record) {
      writeSync(file, `${serialise(record)}\n`);
    },
    sync: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}

function serialise(record: LogRecord): string {
  return JSON.stringify({
    ...record,
    position: String(record.position),
    data: record.data.toString('base64'),
    metadata: record.metadata.toString('base64'),
  });
}

function parse(line: string): LogRecord {
  const stored = JSON.parse(line) as Omit<LogRecord, 'position' | 'data' | 'metadata'> &
    Record<'position' | 'data' | 'metadata', string>;
  return {
    ...stored,
    position: BigInt(stored.position),
    data: Buffer.from(stored.data, 'base64'),
    metadata: Buffer.from(stored.metadata, 'base64'),
  };
}
