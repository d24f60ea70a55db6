import { createHash } from 'node:crypto';
import type { CopiedEvent } from './side.ts';

export interface LogDigest {
  add(event: CopiedEvent): void;
  /** Of all that was added, in hexadecimal. Ends it. */
  end(): string;
}

/** SHA-256 over (stream, id, type, data, metadata, body) of each event, in order. */
export function createLogDigest(): LogDigest {
  const hash = createHash('sha256');
  const length = Buffer.alloc(8);
  // Each field with its length before it, so that what one ends with cannot be what the next begins with.
  const field = (value: string | Uint8Array) => {
    length.writeBigUInt64BE(BigInt(typeof value === 'string' ? Buffer.byteLength(value) : value.length));
    hash.update(length).update(value);
  };
  return {
    add({ stream, id, type, data, metadata, body }) {
      for (const text of [stream, id, type, data, metadata]) field(text);
      // No body is another thing than an empty one.
      field(body ? 'body' : 'none');
      if (body) field(body);
    },
    end: () => hash.digest('hex'),
  };
}
