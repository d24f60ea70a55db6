import { gunzipSync } from 'node:zlib';

/** Compressed bytes, and how many they should be. */
export interface Compressed {
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** What gzip begins with as we write it: no name, no comment, no time. Whatever else is there, is not from us. */
const begin = Buffer.from('1f8b080000000000', 'hex');
/** In front: the beginning, and how and where it was written. Behind: checksum and size. */
const smallest = begin.length + 2 + 8;
/** So many are decompressed at once, as beginning and ending each time costs as much as the bytes themselves. */
const maxMembers = 16;
const maxBytesAtOnce = 256 * 1024;
/** Taken before the first byte came out, whatever size is claimed. */
const maxChunkBytes = 1024 * 1024;

/**
 * Each decompressed, or null where that does not give as many bytes as it should. A few are in memory at a time, as
 * they are asked for.
 */
export function* decompressEach(all: readonly Compressed[]): Generator<Buffer | null, undefined> {
  let group: Compressed[] = [];
  let bytes = 0;
  for (const each of all) {
    if (group.length === maxMembers || bytes + each.size > maxBytesAtOnce) {
      yield* decompressGroup(group);
      group = [];
      bytes = 0;
    }
    group.push(each);
    bytes += each.size;
  }
  yield* decompressGroup(group);
}

function decompressGroup(group: readonly Compressed[]): (Buffer | null)[] {
  const together = group.length > 1 && group.every(claimsItsSize) ? decompressTogether(group) : null;
  return together ?? group.map(decompressOne);
}

/**
 * Several gzip texts one behind the other are one gzip text. As each says its own size, which gzip checks, and all of
 * them together have the right one, each ends where it should. Null when something is wrong with any of them.
 */
function decompressTogether(group: readonly Compressed[]): Buffer[] | null {
  const size = group.reduce((sum, each) => sum + each.size, 0);
  const joined = gunzip(Buffer.concat(group.map(({ bytes }) => bytes)), size);
  if (!joined) return null;
  let from = 0;
  return group.map((each) => {
    const part = joined.subarray(from, from + each.size);
    from += each.size;
    return part;
  });
}

function decompressOne(compressed: Compressed): Buffer | null {
  return claimsItsSize(compressed) ? gunzip(compressed.bytes, compressed.size) : null;
}

function claimsItsSize({ bytes, size }: Compressed): boolean {
  if (bytes.length < smallest || begin.compare(bytes, 0, begin.length) !== 0) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(bytes.length - 4, true) === size % 2 ** 32;
}

/** At most one byte more than it should have: what was changed must not fill the memory. */
function gunzip(bytes: Uint8Array, size: number): Buffer | null {
  try {
    const chunkSize = Math.min(Math.max(64, size + 1), maxChunkBytes);
    const found = gunzipSync(bytes, { chunkSize, maxOutputLength: size + 1 });
    return found.length === size ? found : null;
  } catch {
    return null;
  }
}
