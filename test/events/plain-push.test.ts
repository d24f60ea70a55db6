import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlainPush } from '../../src/events/plain-push.ts';
import { pushReceivedSchema } from '../../src/events/push-received.ts';
import { pushOf } from '../support/event-drafts.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const push = JSON.parse(JSON.stringify(pushOf('Make it so\n'))) as Json;
const odd: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json),
  fc.constantFrom('2026-02-30T00:00:00Z', '2026-02-28T00:00Z', '2026-02-28T00:00:00+25:00', '2026-02-28', ''),
  fc.constantFrom(-1, 1.5, 2 ** 53, -0),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.constantFrom('a'.repeat(40), 'A'.repeat(40), `${'a'.repeat(40)}\n`, 'a'.repeat(64)),
);

/** Every place in the data, as the keys that lead to it. */
function placesIn(value: Json): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((place) => [key, ...place])),
  ];
}

function withChange(
  value: Json,
  [key, ...rest]: readonly string[],
  change: Json | undefined,
): Json | undefined {
  if (key === undefined || typeof value !== 'object' || value === null) return change;
  const copy = structuredClone(value) as { [key: string]: Json | undefined };
  copy[key] = withChange(copy[key] ?? null, rest, change);
  return JSON.parse(JSON.stringify(copy)) as Json;
}

it('a push as we write it is plain', () => {
  expect(isPlainPush(push)).toBe(true);
});

it('what counts as plain is what the schema gives back just as it is', () => {
  const place = fc.constantFrom(
    ...placesIn(push),
    ['more'],
    ['repository', 'more'],
    ['commits', '0', 'more'],
  );
  fc.assert(
    fc.property(place, odd, (at, change) => {
      const changed = withChange(push, at, change);
      const parsed = pushReceivedSchema.safeParse(changed);
      if (isPlainPush(changed)) expect(parsed).toEqual({ success: true, data: changed });
    }),
    { numRuns: 3_000 },
  );
});
