/** A body that is held in memory. */
export interface HeldBody {
  /** So many bytes more have come. May call `giveUp` of this or of another body. */
  add(bytes: number): void;
  /** It is here whole: it is not given up any more. */
  complete(): void;
  /** It was answered, or is gone. */
  release(): void;
}

export interface BodyBudget {
  /** @param giveUp called when this body has to go, as it is the largest of those that are still coming */
  open(giveUp: () => void): HeldBody;
  /** What is held now, in bytes. */
  held(): number;
}

interface Entry {
  bytes: number;
  isComplete: boolean;
  readonly giveUp: () => void;
}

/**
 * Bounds what bodies hold together, from their first byte to their answer. Nobody has shown a secret yet while a body
 * is read, so that thousands of slow senders of large bodies would else fill the memory. The largest has to go, and not
 * the one that came last: those are the honest ones, which are small.
 */
export function createBodyBudget(maxBytes: number): BodyBudget {
  const entries = new Set<Entry>();
  let total = 0;

  function remove(entry: Entry): void {
    if (!entries.delete(entry)) return;
    total -= entry.bytes;
  }

  function largestComing(): Entry | null {
    let largest: Entry | null = null;
    for (const entry of entries) {
      if (!entry.isComplete && entry.bytes > (largest?.bytes ?? 0)) largest = entry;
    }
    return largest;
  }

  return {
    held: () => total,
    open(giveUp) {
      const entry: Entry = { bytes: 0, isComplete: false, giveUp };
      entries.add(entry);
      return {
        add(bytes) {
          if (!entries.has(entry)) return;
          entry.bytes += bytes;
          total += bytes;
          if (total <= maxBytes) return;
          const largest = largestComing();
          if (!largest) return;
          remove(largest);
          largest.giveUp();
        },
        complete() {
          entry.isComplete = true;
        },
        release: () => remove(entry),
      };
    },
  };
}
