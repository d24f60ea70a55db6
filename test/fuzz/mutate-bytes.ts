import type { Seeded } from '../support/seeded.ts';

/** Bytes that parsers trip over. */
const oddBytes: readonly [Buffer, ...Buffer[]] = [
  Buffer.from([0x00]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xef, 0xbb, 0xbf]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from('\\u0000'),
  Buffer.from('\\ud800'),
  Buffer.from('"'),
  Buffer.from('\\'),
  Buffer.from('{'),
  Buffer.from(']'),
  Buffer.from(','),
  Buffer.from('-'),
  Buffer.from('1e999'),
  Buffer.from('9007199254740993'),
  Buffer.from('\r\n\r\n'),
  Buffer.from('%00'),
  Buffer.from('&payload='),
];

/** One change somewhere in the bytes. */
export function mutateBytes(bytes: Buffer, chance: Seeded): Buffer {
  const at = chance.integer(0, bytes.length);
  const length = chance.integer(1, chance.pick([1, 4, 64]));
  const before = bytes.subarray(0, at);
  return chance.pick<() => Buffer>([
    () => {
      const changed = Buffer.from(bytes);
      if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << chance.integer(0, 7));
      return changed;
    },
    () => Buffer.concat([before, chance.bytes(length), bytes.subarray(at)]),
    () => Buffer.concat([before, bytes.subarray(at + length)]),
    () => Buffer.concat([before, chance.pick(oddBytes), bytes.subarray(at)]),
    () => Buffer.concat([before, bytes.subarray(at, at + length), bytes.subarray(at)]),
    () => before,
    () => Buffer.concat([bytes, bytes.subarray(at)]),
    () => Buffer.concat([before, chance.pick(oddBytes), bytes.subarray(at + length)]),
  ])();
}
