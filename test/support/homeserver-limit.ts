/** How much an account may send: Synapse's `rc_message`. */
export interface MessageLimit {
  readonly perSecond: number;
  readonly burst: number;
  /** The homeserver's own clock. */
  readonly now: () => Date;
}

export interface LimitedAccount {
  /** Null where the message is taken; else how long the account is to wait, in seconds. */
  take(): number | null;
}

/** Synapse's limiter: what was taken runs out at a steady rate, and a refusal costs nothing. */
export function limitAccount({ perSecond, burst, now }: MessageLimit): LimitedAccount {
  let used = 0;
  let last = now().getTime();
  return {
    take() {
      const at = now().getTime();
      used = Math.max(0, used - ((at - last) / 1000) * perSecond);
      last = at;
      if (used + 1 > burst + 1e-9) return (used + 1 - burst) / perSecond;
      used++;
      return null;
    },
  };
}
