/** One step of a push that has ended. A push is a trace: its id is the trace's, whichever process did the step. */
export interface PushSpan {
  /** A UUID. */
  readonly pushId: string;
  /** A UUID, the same whenever this step is told: what `call_monitor.calls` names it by. */
  readonly id: string;
  /** The step that led to it; null for the first. */
  readonly parentId: string | null;
  readonly name: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Why it failed, or null. */
  readonly error: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface Tracing {
  record(spans: readonly PushSpan[]): void;
  /** Sends what waits, for at most a second. */
  close(): Promise<void>;
}

/** A trace id has 128 bits, as a UUID has. */
export function traceIdOf(pushId: string): string {
  return pushId.replaceAll('-', '').toLowerCase();
}

/** The second half of a step's id, which is where the ids of one push differ. */
export function spanIdOf(id: string): string {
  return traceIdOf(id).slice(16);
}
