/**
 * One-dimensional arrays as Postgres receives them in binary. As text, which is what the driver makes of an array, bytes
 * go as hexadecimal digits and every quote in a text is escaped: of an event that is mostly JSON that takes us and the
 * server longer than all else about it.
 *
 * Format: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c, `array_recv`.
 */
interface Elements {
  readonly oid: number;
  /** Of each element, in bytes. */
  readonly lengths: readonly number[];
  readonly write: (into: Buffer, at: number, index: number) => void;
}

const headBytes = 20;
const isNull = -1;
const uuidLength = 16;

const byteaOid = 17;
const textOid = 25;
const uuidOid = 2950;

export function textArray(values: readonly string[]): Buffer {
  return binaryArray({
    oid: textOid,
    lengths: values.map((value) => Buffer.byteLength(value)),
    write: (into, at, index) => into.write(values[index] ?? '', at),
  });
}

export function uuidArray(values: readonly string[]): Buffer {
  return byteArray(uuidOid, values.map(uuidBytes));
}

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  return byteArray(byteaOid, values);
}

/** Of a text that is no UUID, what is too long: the server refuses that as 22P03, like other data that it cannot take. */
function uuidBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  return bytes.length === uuidLength ? bytes : Buffer.alloc(uuidLength + 1);
}

function byteArray(oid: number, values: readonly (Uint8Array | null)[]): Buffer {
  return binaryArray({
    oid,
    lengths: values.map((value) => value?.length ?? isNull),
    write: (into, at, index) => into.set(values[index] ?? [], at),
  });
}

/** Dimensions, whether there are nulls, the type of the elements; their number, the first index; each with its length. */
function binaryArray({ oid, lengths, write }: Elements): Buffer {
  const bytes = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), headBytes);
  const array = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const head of [1, lengths.includes(isNull) ? 1 : 0, oid, lengths.length, 1])
    at = array.writeInt32BE(head, at);
  for (const [index, length] of lengths.entries()) {
    at = array.writeInt32BE(length, at);
    if (length === isNull) continue;
    write(array, at, index);
    at += length;
  }
  return array;
}
