import { hash } from 'node:crypto';
import type { StoredEvent } from '../events/codec.ts';

/**
 * What a seal knows of an event, 32 bytes: SHA-256 over stream, id, type, data and metadata; their lengths keep data
 * and metadata apart. The signed bytes are in it by their digest, which is in the data. Metadata is in it as well,
 * since rows are made from its times. The position is not: a copy of the log in another store has others.
 */
export function digestOfEvent({ stream, id, type, data, metadata }: StoredEvent): Buffer {
  const head = JSON.stringify([stream, id, type, data.length, metadata.length]);
  return hash('sha256', `${head}\n${data}${metadata}`, 'buffer');
}
