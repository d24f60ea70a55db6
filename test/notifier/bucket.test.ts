import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketFacts, bucketHorizon, timeOfTokens, tokensAt } from '../../src/notifier/bucket.ts';
import { limitAccount } from '../support/homeserver-limit.ts';

const rules = { rate: 0.2, burst: 10 };
const start = Date.parse('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1000);
const facts = (change: Partial<BucketFacts> = {}): BucketFacts => ({
  since: bucketHorizon(at(0), rules),
  sentAt: [],
  pending: 0,
  closedUntil: null,
  ...change,
});
const tokens = (seconds: number, change: Partial<BucketFacts> = {}) =>
  Math.floor(tokensAt(at(seconds), facts(change), rules));

describe('the bucket', () => {
  it('is full when nothing was sent for long', () => {
    expect(tokens(0)).toBe(10);
  });

  it('holds one less for each message that was sent or is on its way, and gets one back every five seconds', () => {
    const sentAt = [at(0), at(0), at(0)];
    expect(tokens(0, { sentAt })).toBe(7);
    expect(tokens(0, { sentAt, pending: 9 })).toBe(-2);
    expect(tokens(4.9, { sentAt })).toBe(7);
    expect(tokens(5, { sentAt })).toBe(8);
    expect(tokens(60, { sentAt })).toBe(10);
  });

  it('gets back what was sent by a clock that was ahead as if it had been sent now', () => {
    const sentAt = [at(800), at(800)];
    expect(tokens(0, { sentAt })).toBe(8);
    expect(timeOfTokens(9, at(0), facts({ sentAt }), rules).getTime()).toBeLessThan(at(6).getTime());
  });

  it('says when there will be enough', () => {
    const spent = facts({ sentAt: Array.from({ length: 10 }, () => at(0)) });
    const when = timeOfTokens(1, at(0), spent, rules);
    expect(when.getTime()).toBeGreaterThan(at(4.99).getTime());
    expect(Math.floor(tokensAt(when, spent, rules))).toBe(1);
    expect(timeOfTokens(1, at(7), spent, rules)).toEqual(at(7));
  });

  it('believes a homeserver that takes nothing, and then counts with one', () => {
    const closed = { closedUntil: at(30) };
    expect(tokens(29, closed)).toBe(0);
    expect(tokens(30, closed)).toBe(1);
    expect(tokens(35, closed)).toBe(2);
    expect(timeOfTokens(1, at(10), facts(closed), rules)).toEqual(at(30));
  });

  it('never lets more out than Synapse takes, whenever somebody asks, and in the long run as much', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ waitMs: fc.nat(20_000), wish: fc.nat(15) }), { minLength: 1, maxLength: 60 }),
        (asks) => {
          let now = start;
          const synapse = limitAccount({
            perSecond: rules.rate,
            burst: rules.burst,
            now: () => new Date(now),
          });
          const sentAt: Date[] = [];
          for (const { waitMs, wish } of asks) {
            now += waitMs;
            const known = facts({ since: new Date(start - 500_000), sentAt });
            const free = Math.floor(tokensAt(new Date(now), known, rules));
            const count = Math.min(wish, free);
            for (let index = 0; index < count; index++) {
              expect(synapse.take()).toBeNull();
              sentAt.push(new Date(now));
            }
            // Whoever wanted more than there was took all that Synapse would have given.
            if (wish > free) expect(synapse.take()).not.toBeNull();
          }
        },
      ),
    );
  });
});
