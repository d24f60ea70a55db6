import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/** What a double keeps over its end: a line of JSON a record, written before anybody is told of it. */
export interface Journal<T> {
  /** What was kept so far, oldest first. */
  readonly kept: readonly T[];
  write(record: T): void;
}

/**
 * Opens a journal, or makes it. A line that a kill cut off was told to nobody, and is dropped. Nothing is synced: a killed
 * process loses nothing that it wrote, only a machine without power does.
 */
export function openJournal<T>(path: string): Journal<T> {
  const file = openSync(path, 'a+');
  const content = readFileSync(file);
  const whole = content.lastIndexOf('\n') + 1;
  if (whole < content.length) ftruncateSync(file, whole);
  return {
    kept: recordsIn<T>(content.subarray(0, whole)),
    write(record) {
      writeSync(file, `${JSON.stringify(record)}\n`);
    },
  };
}

/** Reads a journal while its double writes it: each call gives the records that came since the last one. */
export function followJournal<T>(path: string): () => T[] {
  let position = 0;
  return () => {
    const file = openSync(path, 'a+');
    try {
      const news = Buffer.alloc(fstatSync(file).size - position);
      const read = readSync(file, news, 0, news.length, position);
      const whole = news.subarray(0, read).lastIndexOf('\n') + 1;
      position += whole;
      return recordsIn<T>(news.subarray(0, whole));
    } finally {
      closeSync(file);
    }
  };
}

function recordsIn<T>(lines: Buffer): T[] {
  return lines
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
