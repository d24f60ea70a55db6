import type { Clock } from '../runtime/clock.ts';

export interface BadSignatureLimits {
  readonly windowMs: number;
  /** So many of an address within a window are answered and logged one by one. */
  readonly perAddress: number;
  /** So many addresses are remembered; then the one that began first is forgotten. */
  readonly addresses: number;
}

export const defaultBadSignatureLimits: BadSignatureLimits = {
  windowMs: 60_000,
  perAddress: 30,
  addresses: 10_000,
};

/** What becomes of one more bad signature. */
export interface BadSignature {
  /** Null: it is answered as what it is. Else the seconds until that is so again. */
  readonly retryAfterSeconds: number | null;
  /** How many of the address were over the limit in a window that has ended since, for one line about all of them. */
  readonly suppressed: number;
}

interface Window {
  readonly since: number;
  count: number;
}

/**
 * Counts bad signatures by address. Asked only after a signature was found to be bad: a proxy gives all senders one
 * address, and an honest delivery must never be refused for what another has sent. So this bounds the log and what an
 * attacker learns, not the HMACs.
 */
export function createBadSignatures(
  clock: Pick<Clock, 'now'>,
  limits = defaultBadSignatureLimits,
): { of(address: string | undefined): BadSignature } {
  // In the order in which their windows began: a Map keeps it.
  const windows = new Map<string, Window>();
  return {
    of(address) {
      const now = clock.now().getTime();
      const key = networkOf(address);
      const known = windows.get(key);
      const open = known !== undefined && now - known.since < limits.windowMs ? known : null;
      const suppressed = known && !open ? Math.max(0, known.count - limits.perAddress) : 0;
      const current: Window = open ?? { since: now, count: 0 };
      current.count++;
      if (!open) {
        windows.delete(key);
        windows.set(key, current);
        const [first] = windows.keys();
        if (windows.size > limits.addresses && first !== undefined) windows.delete(first);
      }
      const over = current.count > limits.perAddress;
      const leftMs = current.since + limits.windowMs - now;
      return { retryAfterSeconds: over ? Math.max(1, Math.ceil(leftMs / 1_000)) : null, suppressed };
    },
  };
}

/** Whoever has one address of IPv6 has 2^64 of them. A connection that was reset has no address any more. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return '';
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? Math.max(0, 8 - groups.length - behind.length) : 0;
  return `${[...groups, ...Array<string>(zeros).fill('0'), ...behind].slice(0, 4).join(':')}::/64`;
}
