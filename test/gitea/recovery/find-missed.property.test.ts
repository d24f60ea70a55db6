import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findMissed, linkOf, type MissedPush } from '../../../src/gitea/recovery/find-missed.ts';
import type { KnownPush } from '../../../src/gitea/recovery/match-entries.ts';
import {
  absent,
  baselined,
  headsOf,
  type RefState,
  withLink,
  withSpan,
} from '../../../src/gitea/recovery/ref-state.ts';
import { entryOf, heard, play, steps } from './histories.ts';

const from = new Date('2026-02-03T04:05:06Z');
/** What is on its way while the baseline is taken is another test. */
const begin = new Date(from.getTime() + 90_000);
const start = new Map([['refs/heads/main', 'a'.repeat(40)]]);

/** The log as recovery knows it, folded as the subscriber does. */
function createLog() {
  const states = new Map<string, RefState>(
    [...start].map(([ref, head]) => [ref, baselined(head, from.getTime())]),
  );
  const known: KnownPush[] = [];
  return {
    states,
    known,
    hear(push: KnownPush) {
      known.push(push);
      const at = push.heardAt.getTime();
      states.set(push.ref, withLink(states.get(push.ref), { ...push, at, heardAt: at }));
    },
    recover(push: MissedPush, at: Date) {
      const { ref, before, after, entry, span } = push;
      known.push({ ref, before, after, pushedAt: entry?.at ?? null, heardAt: at, collapsed: span !== null });
      states.set(ref, withLink(states.get(ref), linkOf(push)));
      if (span) states.set(ref, withSpan(states.get(ref), span));
    },
  };
}

it('finds every ref where Gitea has it, and no push twice, whatever was lost and in whatever order it came', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (all, shuffled) => {
      const { heads, happened, end } = play(all, begin, start);
      const log = createLog();
      const delivered = happened.filter(({ step }) => step.delivered).map(heard);
      for (const push of delivered.sort((a, b) => a.heardAt.getTime() - b.heardAt.getTime())) log.hear(push);
      const feed = happened.filter(({ step }) => step.inFeed).map(entryOf);
      const entries = shuffled ? feed : feed.toReversed();
      const at = new Date(end.getTime() + 120_000);
      const missed = findMissed({ states: log.states, heads, entries, known: log.known, at });
      for (const push of missed) log.recover(push, at);

      for (const ref of new Set([...heads.keys(), ...log.states.keys()])) {
        expect([...headsOf(log.states.get(ref)).possible], ref).toContain(heads.get(ref) ?? absent);
      }
      const times = (
        pushes: readonly { ref: string; after: string }[],
        like: { ref: string; after: string },
      ) => pushes.filter(({ ref, after }) => ref === like.ref && after === like.after).length;
      const single = [...delivered, ...missed.filter(({ span }) => span === null)];
      for (const push of single) expect(times(single, push)).toBeLessThanOrEqual(times(happened, push));

      const later = new Date(at.getTime() + 900_000);
      expect(findMissed({ states: log.states, heads, entries, known: log.known, at: later })).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});

it('finds every push and nothing else where the feed has all of them and nothing was overtaken', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { heads, happened, end } = play(
        all.map((step) => ({ ...step, delay: 0 })),
        begin,
        start,
      );
      const log = createLog();
      const delivered = happened.filter(({ step }) => step.delivered).map(heard);
      for (const push of delivered.sort((a, b) => a.heardAt.getTime() - b.heardAt.getTime())) log.hear(push);
      const at = new Date(end.getTime() + 120_000);
      const entries = happened.map(entryOf);
      const missed = findMissed({ states: log.states, heads, entries, known: log.known, at });
      expect(missed.length + delivered.length).toBe(happened.length);
      expect(missed.filter(({ span }) => span !== null)).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});
