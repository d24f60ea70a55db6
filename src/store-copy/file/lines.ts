import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CodedError, messageOf } from '../../runtime/errors.ts';

/** Far more than the largest event takes; what is longer is no file of ours, and must not fill the memory. */
const maxLineBytes = 64 * 1024 * 1024;
const chunkSize = 256 * 1024;
const lineEnd = 0x0a;

export interface Lines {
  readonly lines: readonly string[];
  /** How much of the file has been read with these, from 0 to 1. */
  readonly part: number;
}

/**
 * The lines of a gzip file of any number of members.
 *
 * @param bytes how much of the file is read; all of it when absent
 * @throws CodedError COPY_FILE_INVALID
 */
export async function* readLines(path: string, bytes?: number): AsyncGenerator<Lines> {
  if (bytes === 0) return;
  try {
    const size = bytes ?? (await stat(path)).size;
    const file = createReadStream(path, bytes === undefined ? {} : { end: bytes - 1 });
    const unzipped = createGunzip({ chunkSize });
    // What goes wrong is thrown by the iteration.
    pipeline(file, unzipped, () => undefined);
    let begun: Buffer[] = [];
    let begunBytes = 0;
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      const lines: string[] = [];
      let from = 0;
      for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, from)) {
        lines.push(Buffer.concat([...begun, chunk.subarray(from, end)]).toString());
        begun = [];
        begunBytes = 0;
        from = end + 1;
      }
      begun.push(chunk.subarray(from));
      begunBytes += chunk.length - from;
      if (begunBytes > maxLineBytes) throw new Error('it holds a line that is too long');
      if (lines.length > 0) yield { lines, part: size === 0 ? 1 : Math.min(1, file.bytesRead / size) };
    }
    if (begunBytes > 0) throw new Error('it ends in the middle of a line');
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('COPY_FILE_INVALID', `${path}: ${messageOf(cause)}`, { cause });
  }
}
