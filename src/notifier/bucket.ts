/** What a homeserver lets an account send: so many at once, and so many a second in the long run. */
export interface BucketRules {
  /** Messages a second. */
  readonly rate: number;
  readonly burst: number;
}

/** What is known of the requests that count against the limit. */
export interface BucketFacts {
  /** Before this time nothing is known: the bucket counts as empty then. */
  readonly since: Date;
  /** When messages were sent since, in any order. */
  readonly sentAt: readonly Date[];
  /** Messages that are planned and not sent. */
  readonly pending: number;
  /** Until then the homeserver takes nothing, by its own word (`Retry-After`); one message then. */
  readonly closedUntil: Date | null;
}

/** Tokens come back in fractions; less than this short of a whole one is a whole one. */
const tolerance = 1e-6;

/** How many messages may be planned now; negative where too many are already. */
export function tokensAt(now: Date, facts: BucketFacts, rules: BucketRules): number {
  const { closedUntil } = facts;
  if (closedUntil !== null && now < closedUntil) return 0;
  const spent: { at: number; cost: (used: number) => number }[] = facts.sentAt.map((at) => ({
    // One that was sent by a clock that was ahead was sent by now.
    at: Math.min(at.getTime(), now.getTime()),
    // The homeserver took it, so that it was not over its limit, whatever we count.
    cost: (used) => Math.min(rules.burst, used + 1),
  }));
  if (closedUntil !== null) {
    spent.push({ at: closedUntil.getTime(), cost: (used) => Math.max(used, rules.burst - 1) });
  }
  spent.sort((one, other) => one.at - other.at);
  let last = facts.since.getTime();
  let used = rules.burst;
  const refill = (until: number) => {
    used = Math.max(0, used - (Math.max(0, until - last) / 1000) * rules.rate);
    last = Math.max(last, until);
  };
  for (const { at, cost } of spent) {
    refill(at);
    used = cost(used);
  }
  refill(now.getTime());
  return rules.burst - used - facts.pending + tolerance;
}

/** When there will be so many tokens, if nothing is sent until then. */
export function timeOfTokens(wanted: number, now: Date, facts: BucketFacts, rules: BucketRules): Date {
  const start = facts.closedUntil !== null && now < facts.closedUntil ? facts.closedUntil : now;
  const missing = wanted - tokensAt(start, facts, rules);
  return new Date(start.getTime() + Math.max(0, Math.ceil((missing / rules.rate) * 1000)));
}

/** From when on messages that were sent have to be known: what came before no longer counts. */
export function bucketHorizon(now: Date, { rate, burst }: BucketRules): Date {
  return new Date(now.getTime() - Math.ceil((10 * burst * 1000) / rate));
}
