import fc from 'fast-check';
import { expect, it } from 'vitest';
import { metadataSchema } from '../../src/events/event.ts';
import { isPlainMetadata } from '../../src/events/plain-metadata.ts';

const metadata = {
  $correlationId: 'a',
  $causationId: 'b',
  schemaVersion: 1,
  recordedAt: '2026-01-02T03:04:05.006Z',
};
const odd = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue(),
  fc.constantFrom(-1, 0, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom('2026-02-30T00:00:00Z', '2026-02-28T00:00:00+25:00', ''),
  fc.constantFrom({ readMs: 1.5, verifyMs: 0 }, { readMs: -1 }, { toString: 1 }, []),
);

it.each([metadata, { ...metadata, timings: { readMs: 1.5 } }])(
  'metadata as we write it is plain: %j',
  (given) => {
    expect(isPlainMetadata(given)).toBe(true);
  },
);

it('what counts as plain is what the schema gives back just as it is', () => {
  const place = fc.constantFrom(...Object.keys(metadata), 'timings', 'more');
  fc.assert(
    fc.property(place, odd, place, odd, (first, one, second, other) => {
      const changed = { ...metadata, [first]: one, [second]: other };
      const parsed = metadataSchema.safeParse(changed);
      if (isPlainMetadata(changed)) expect(parsed).toEqual({ success: true, data: changed });
    }),
    { numRuns: 3_000 },
  );
});
