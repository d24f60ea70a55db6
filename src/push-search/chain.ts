export interface Caused {
  readonly callId: string;
  readonly parentCallId: string | null;
  readonly startedAt: Date;
}

/** A chain is shorter than this; a cycle, which no writer of ours makes, must not be followed for ever. */
const maxDepth = 16;

/** The calls of a push by time, each with how many calls led to it; one that was caused stands behind its cause. */
export function chainOf<T extends Caused>(calls: readonly T[]): (T & { readonly depth: number })[] {
  const parents = new Map(calls.map(({ callId, parentCallId }) => [callId, parentCallId]));
  const depthOf = (callId: string) => {
    let depth = 0;
    for (let at = parents.get(callId); at && depth < maxDepth; at = parents.get(at)) depth++;
    return depth;
  };
  return calls
    .map((call) => ({ ...call, depth: depthOf(call.callId) }))
    .sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime() || one.depth - other.depth);
}
