import type { EncodedEvent } from '../../events/codec.ts';

/**
 * How an event lies in KurrentDB, which has data and metadata and nothing else. Data is stored byte for byte: digests
 * are taken over it. The compressed body travels in the metadata, since in a stream of its own it would not be
 * stored by the same write:
 * - in base64 under one key at the end of the JSON text, where the server's projections still read `$correlationId`;
 * - or, where that would be more than the server takes, as it is, behind a zero byte. Projections pass over such
 *   metadata. It takes a delivery of many megabytes.
 *
 * Cutting either off gives the metadata back as it was.
 */
export interface StoredForm {
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/** `MaxAppendSize` of 23.10 and 24.10 is 1 MiB by default, of 26.1 more; the type's name counts too. */
const safeAppendBytes = 1024 * 1024 - 1024;

const bodyKey = 'pushledgerBody';
/** Base64 holds no quote, so nothing but this key at the very end can look like it. */
const bodyAtEnd = new RegExp(`,"${bodyKey}":"([A-Za-z0-9+/]*={0,2})"\\}$`);
/** JSON text escapes it, so it holds none. */
const separator = 0;

export function toStoredForm(event: EncodedEvent): StoredForm {
  const data = Buffer.from(event.data);
  const metadata = Buffer.from(event.metadata);
  if (!event.body) return { data, metadata };
  const body = viewOf(event.body);
  if (data.length + metadata.length + (body.length * 4) / 3 > safeAppendBytes) {
    return { data, metadata: Buffer.concat([metadata, Buffer.of(separator), body]) };
  }
  return { data, metadata: Buffer.from(withBody(event.metadata, body.toString('base64'))) };
}

/** The metadata as it was given, without the body. */
export function metadataOf(stored: Uint8Array): string {
  const { text, behind } = split(stored);
  return behind ? text : text.replace(bodyAtEnd, '}');
}

/** The compressed body that came with the event, or null. */
export function bodyOf(stored: Uint8Array): Uint8Array | null {
  const { text, behind } = split(stored);
  if (behind) return new Uint8Array(behind);
  const base64 = bodyAtEnd.exec(text)?.[1];
  return base64 === undefined ? null : new Uint8Array(Buffer.from(base64, 'base64'));
}

export function textOf(stored: Uint8Array): string {
  return viewOf(stored).toString('utf8');
}

function withBody(metadata: string, base64: string): string {
  if (!metadata.endsWith('}')) throw new TypeError(`this metadata is no JSON object: ${metadata}`);
  // Our metadata is never empty: `$correlationId` is in it, which is why a comma always fits.
  return `${metadata.slice(0, -1)},"${bodyKey}":"${base64}"}`;
}

function split(stored: Uint8Array): { text: string; behind: Buffer | null } {
  const bytes = viewOf(stored);
  const at = bytes.indexOf(separator);
  if (at < 0) return { text: bytes.toString('utf8'), behind: null };
  return { text: bytes.toString('utf8', 0, at), behind: bytes.subarray(at + 1) };
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
