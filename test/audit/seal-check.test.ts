import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditKey } from '../../src/audit/audit-key.ts';
import { digestOfEvent } from '../../src/audit/event-digest.ts';
import { createPendingSeal } from '../../src/audit/pending-seal.ts';
import { createSealCheck, type SealOutcome } from '../../src/audit/seal-check.ts';
import type { Seal } from '../../src/audit/seals.ts';
import { encodeEvent, type StoredEvent } from '../../src/events/codec.ts';
import type { EventDraft } from '../../src/events/event.ts';
import type { EventId, Position } from '../../src/events/ids.ts';
import { testDelivery } from '../support/event-drafts.ts';
import { auditKey } from './support/keys.ts';

const now = new Date('2026-02-03T04:05:06Z');

/** A log of `count` events that was sealed after each of these numbers of events. */
function sealedLog(sizes: readonly number[], tail = 0, key: AuditKey = auditKey()): StoredEvent[] {
  const log: StoredEvent[] = [];
  const add = (draft: Parameters<typeof encodeEvent>[0]) => {
    const { correlationId: _correlation, body: _body, ...event } = encodeEvent(draft);
    log.push({ ...event, position: BigInt(log.length + 1) as Position });
  };
  let last: Seal | null = null;
  let from = 0;
  for (const size of sizes) {
    for (let index = 0; index < size; index++) add(testDelivery());
    const pending = createPendingSeal(key, last);
    for (const event of log.slice(from)) pending.add(event, now);
    from = log.length;
    const draft = pending.draft(now);
    add(draft);
    last = draft.data;
  }
  for (let index = 0; index < tail; index++) add(testDelivery());
  return log;
}

function storedSeal(draft: EventDraft<'LogSealed'>): StoredEvent {
  const { correlationId: _correlation, body: _body, ...event } = encodeEvent(draft);
  return { ...event, position: 0n as Position };
}

/** What the check says of a log; the seals are those that are in it. */
function check(log: readonly StoredEvent[], keys: readonly AuditKey[] = [auditKey()]) {
  const seals = log
    .filter(({ type }) => type === 'LogSealed')
    .map(({ data }) => JSON.parse(data) as Seal)
    .sort((one, other) => one.sequence - other.sequence);
  const sealCheck = createSealCheck((from) => seals.find(({ sequence }) => sequence >= from) ?? null, keys);
  const outcomes: SealOutcome[] = log.flatMap((event) => sealCheck.add(event, digestOfEvent(event)));
  return { outcomes, tail: sealCheck.tail.count };
}

const statesOf = (outcomes: readonly SealOutcome[]) => outcomes.map(({ state }) => state);
const isFound = ({ outcomes }: ReturnType<typeof check>) =>
  statesOf(outcomes).some((state) => state === 'broken' || state === 'missing');

const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
/** A sealed log, and a place among the events that are sealed. */
const sealed = sizes.chain((each) => {
  const log = sealedLog(each, 2);
  const count = each.reduce((sum, size) => sum + size, 0) + each.length - 1;
  return fc.record({ log: fc.constant(log), at: fc.integer({ min: 0, max: count - 1 }) });
});

describe('the seals of a log', () => {
  it('hold, however many events each covers, and leave the tail', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 3 }), (each, tail) => {
        const { outcomes, tail: unsealed } = check(sealedLog(each, tail));
        expect(statesOf(outcomes)).toEqual(each.map(() => 'intact'));
        // The last seal itself is sealed by the next one.
        expect(unsealed).toBe(tail + 1);
      }),
    );
  });

  it('hold where a seal came into the log behind events that it does not cover', () => {
    const [one, two, three, four] = sealedLog([4]);
    const first = createPendingSeal(auditKey(), null);
    for (const event of [one, two]) if (event) first.add(event, now);
    const firstSeal = first.draft(now);
    const late = storedSeal(firstSeal);
    const second = createPendingSeal(auditKey(), firstSeal.data);
    for (const event of [three, four, late]) if (event) second.add(event, now);
    const log = [one, two, three, four, late, storedSeal(second.draft(now))];
    expect(check(log.filter((event) => event !== undefined))).toMatchObject({
      outcomes: [{ state: 'intact' }, { state: 'intact' }],
      tail: 1,
    });
  });

  it('tell of any event that was removed', () => {
    fc.assert(
      fc.property(sealed, ({ log, at }) => {
        expect(isFound(check(log.toSpliced(at, 1)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('tell of any event that was inserted', () => {
    fc.assert(
      fc.property(sealed, ({ log, at }) => {
        const [inserted] = sealedLog([1]);
        expect(inserted && isFound(check(log.toSpliced(at, 0, inserted)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[keyof StoredEvent, (event: StoredEvent) => StoredEvent]>([
    ['data', (event) => ({ ...event, data: event.data.replace('acme', 'evil') })],
    ['metadata', (event) => ({ ...event, metadata: `${event.metadata} ` })],
    ['type', (event) => ({ ...event, type: 'Other' })],
    ['stream', (event) => ({ ...event, stream: `${event.stream}x` })],
    ['id', (event) => ({ ...event, id: '00000000-0000-4000-8000-000000000000' as EventId })],
  ])('tell of any event whose %s was changed', (field, change) => {
    fc.assert(
      fc.property(sealed, ({ log, at }) => {
        const changed = log.map((event, index) => (index === at ? change(event) : event));
        fc.pre(changed[at]?.[field] !== log[at]?.[field]);
        expect(isFound(check(changed))).toBe(true);
      }),
    );
  });

  it('tell of two events that were exchanged', () => {
    const log = sealedLog([5]);
    const [first, second, ...rest] = log;
    expect(first && second && isFound(check([second, first, ...rest]))).toBe(true);
  });

  it('tell which seal is broken, and go on with the next', () => {
    const log = sealedLog([3, 3, 3]);
    expect(statesOf(check(log.toSpliced(5, 1)).outcomes)).toEqual(['intact', 'broken', 'intact']);
  });

  it('tell of a seal that was removed with all that it covered', () => {
    const log = sealedLog([3, 3, 3]);
    expect(statesOf(check(log.toSpliced(4, 4)).outcomes)).toContain('missing');
  });

  it('say nothing of what another key sealed, and tell it apart from what is broken', () => {
    const log = sealedLog([3, 3], 0, auditKey('another key of the tests'));
    const { outcomes } = check(log);
    expect(statesOf(outcomes)).toEqual(['other-key', 'other-key']);
    expect(outcomes[0]?.reason).toContain(auditKey('another key of the tests').fingerprint);
    expect(statesOf(check(log, [auditKey(), auditKey('another key of the tests')]).outcomes)).toEqual([
      'intact',
      'intact',
    ]);
  });

  it('cannot be made by somebody without the key', () => {
    const forger = { ...auditKey('a key of the forger'), fingerprint: auditKey().fingerprint };
    expect(statesOf(check(sealedLog([3], 0, forger)).outcomes)).toEqual(['broken']);
  });
});
