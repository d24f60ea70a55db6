import type { KeyObject } from 'node:crypto';
import type { AuditKey } from './audit-key.ts';
import type { EventReference } from './check-page.ts';
import { createSealDigest, type SealDigest } from './seal-digest.ts';
import type { Seal } from './seals.ts';

/** What became of a seal when the walk was past the events that it covers. */
export interface SealOutcome {
  readonly sequence: number;
  /** `other-key`: made with a key that we do not have, so that nothing can be said. */
  readonly state: 'intact' | 'other-key' | 'broken' | 'missing';
  /** Empty for one that is intact. */
  readonly reason: string;
}

export interface SealCheck {
  /** The number of the seal whose events come now. */
  readonly sequence: number;
  /** Events behind the last seal. */
  readonly tail: { readonly count: number; readonly first: EventReference | null };
  /** The next event of the log. */
  add(event: EventReference, digest: Uint8Array): SealOutcome[];
}

/** Which seal comes next; see `SealBook`. */
export type NextSeal = (sequence: number) => Seal | null;

/** The seal whose events are on their way. */
interface Open {
  readonly seal: Seal;
  /** Null where we do not have the key. */
  readonly digest: SealDigest | null;
  count: number;
  /** True while its first event has not come: behind a seal that is missing or has no end. */
  awaitsFirst: boolean;
}

const sealStream = /^pushledger\.seal-(\d{1,15})$/;

/**
 * Proves the seals along the log. Where each begins and ends is known before, from the seals themselves, so that no
 * event has to be kept. After a broken one it goes on with the next.
 */
export function createSealCheck(next: NextSeal, keys: readonly AuditKey[]): SealCheck {
  const keyOf = new Map<string, KeyObject>(keys.map(({ fingerprint, key }) => [fingerprint, key]));
  let sequence = 1;
  let open: Open | null = null;
  let lastHmac: string | null = null;
  let tailCount = 0;
  let tailFirst: EventReference | null = null;
  let begun = false;

  /** Opens the seal that comes next, and tells of those that are missing before it. */
  function openNext(behindGap: boolean): SealOutcome[] {
    const seal = next(sequence);
    open = null;
    if (!seal) return [];
    const missing = missingBetween(sequence, seal.sequence);
    sequence = seal.sequence;
    if (missing.length > 0) lastHmac = null;
    const key = keyOf.get(seal.key);
    const place = { sequence, previous: seal.previous };
    const awaitsFirst = behindGap || missing.length > 0;
    open = { seal, digest: key ? createSealDigest(key, place) : null, count: 0, awaitsFirst };
    return missing;
  }

  function close(closing: Open, lost: string | null): SealOutcome[] {
    const { seal } = closing;
    const outcome = outcomeOf(closing, lost, lastHmac);
    lastHmac = seal.hmac;
    sequence = seal.sequence + 1;
    return [outcome, ...openNext(lost !== null)];
  }

  return {
    get sequence() {
      return sequence;
    },
    get tail() {
      return { count: tailCount, first: tailFirst };
    },
    add(event, digest) {
      const outcomes: SealOutcome[] = [];
      if (!begun) outcomes.push(...openNext(false));
      begun = true;

      const met = Number(sealStream.exec(event.stream)?.[1] ?? Number.NaN);
      // A seal stands behind everything that it covers: whoever meets it first has missed its end.
      while (open && open.seal.sequence <= met) outcomes.push(...close(open, 'its last event is gone'));
      if (!open && met >= sequence) {
        outcomes.push(...missingBetween(sequence, met + 1));
        sequence = met + 1;
      }
      const following = open && next(open.seal.sequence + 1);
      if (open && following?.first.id === event.id) {
        outcomes.push(...close(open, 'its last event is gone'));
      }

      if (!open) {
        tailFirst ??= event;
        tailCount++;
        return outcomes;
      }
      if (open.awaitsFirst && event.id !== open.seal.first.id) return outcomes;
      open.awaitsFirst = false;
      open.digest?.add(digest);
      open.count++;
      if (event.id === open.seal.last.id) outcomes.push(...close(open, null));
      return outcomes;
    },
  };
}

function missingBetween(from: number, to: number): SealOutcome[] {
  return Array.from({ length: Math.min(to - from, 1_000) }, (_, index) => ({
    sequence: from + index,
    state: 'missing',
    reason: 'it is gone, or cannot be read',
  }));
}

function outcomeOf({ seal, digest, count }: Open, lost: string | null, lastHmac: string | null): SealOutcome {
  const { sequence } = seal;
  const broken = (reason: string): SealOutcome => ({ sequence, state: 'broken', reason });
  if (lost !== null) return broken(lost);
  if (count !== seal.count) return broken(`${seal.count} events were sealed, and there are ${count}`);
  if (!digest) return { sequence, state: 'other-key', reason: `it was made with the audit key ${seal.key}` };
  if (digest.finish() !== seal.hmac) return broken('an event was changed or exchanged, or the seal itself');
  const follows = sequence === 1 ? seal.previous === null : lastHmac === null || seal.previous === lastHmac;
  return follows
    ? { sequence, state: 'intact', reason: '' }
    : broken(`it does not follow on the seal before it`);
}
