import type { EncodedEvent } from '../../events/codec.ts';

/**
 * How an event lies in KurrentDB, which has data and metadata and nothing else. Data is stored byte for byte: digests
 * are taken over it. The compressed body travels in the metadata, in base64 under one key appended to the JSON text:
 * the server can still read `$correlationId` there, and cutting the key off gives the very bytes back. In a stream of
 * its own it would not be stored by the same write.
 */
export interface StoredForm {
  readonly data: Buffer;
  readonly metadata: Buffer;
}

const bodyKey = 'pushledgerBody';
/** Base64 holds no quote, so nothing but this key at the very end can look like it. */
const bodyAtEnd = new RegExp(`,"${bodyKey}":"([A-Za-z0-9+/]*={0,2})"\\}$`);

export function toStoredForm(event: EncodedEvent): StoredForm {
  return { data: Buffer.from(event.data), metadata: Buffer.from(metadataWithBody(event)) };
}

/** The metadata as it was given, without the body. */
export function metadataOf(stored: Uint8Array): string {
  return textOf(stored).replace(bodyAtEnd, '}');
}

/** The compressed body that came with the event, or null. */
export function bodyOf(stored: Uint8Array): Uint8Array | null {
  const base64 = bodyAtEnd.exec(textOf(stored))?.[1];
  return base64 === undefined ? null : new Uint8Array(Buffer.from(base64, 'base64'));
}

export function textOf(stored: Uint8Array): string {
  return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf8');
}

function metadataWithBody({ metadata, body, stream }: EncodedEvent): string {
  if (!body) return metadata;
  // Our metadata is never empty: `$correlationId` is in it, which is why a comma always fits.
  if (!metadata.endsWith('}')) throw new TypeError(`the metadata of stream ${stream} is no JSON object`);
  const base64 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
  return `${metadata.slice(0, -1)},"${bodyKey}":"${base64}"}`;
}
