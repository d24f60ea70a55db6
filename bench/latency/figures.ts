/** A version of a message as the service knows it. */
export interface SentVersion {
  readonly version: number;
  readonly pushIds: readonly string[];
  /** When the homeserver had answered. */
  readonly sentAt: Date;
}

export interface Pushed {
  readonly pushId: string;
  /** When the request of the webhook began. */
  readonly at: Date;
}

/** In milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/**
 * From each push to the answer of the homeserver to the first message or edit that names it, in milliseconds.
 *
 * @throws Error where one is named by none
 */
export function latenciesOf(pushes: readonly Pushed[], versions: readonly SentVersion[]): number[] {
  const named = new Map<string, number>();
  for (const { pushIds, sentAt } of versions.toSorted((one, other) => +one.sentAt - +other.sentAt)) {
    for (const pushId of pushIds) if (!named.has(pushId)) named.set(pushId, sentAt.getTime());
  }
  return pushes.map(({ pushId, at }) => {
    const sentAt = named.get(pushId);
    if (sentAt === undefined) throw new Error(`push ${pushId} is named by no message`);
    return sentAt - at.getTime();
  });
}
