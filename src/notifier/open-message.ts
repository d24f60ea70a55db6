import type { MessageId, PushId } from '../events/ids.ts';
import type { NotificationState } from './notification-state.ts';

/** A message as its versions so far make it. */
export interface OpenMessage {
  readonly messageId: MessageId;
  readonly room: string;
  /** When the version that opened it was planned. Its window counts from here. */
  readonly openedAt: Date;
  /** When its last version was planned. */
  readonly lastPlannedAt: Date;
  /** The number of its last version, void ones among them. */
  readonly lastVersion: number;
  /** All that it names. */
  readonly pushIds: readonly PushId[];
  /** Those that it tells with their enrichment. */
  readonly enriched: readonly PushId[];
  /**
   * - `open`: it is in the room, and can be edited.
   * - `sending`: a version is on its way; an edit waits for it.
   * - `parked`: it never came into the room, and takes nothing more.
   */
  readonly state: 'open' | 'sending' | 'parked';
  /** What the room calls it; null while it is not there. */
  readonly remoteId: string | null;
}

export interface VersionRow {
  readonly messageId: MessageId;
  readonly version: number;
  readonly room: string;
  readonly pushIds: readonly PushId[];
  readonly enriched: readonly PushId[];
  readonly void: boolean;
  readonly state: NotificationState;
  readonly remoteId: string | null;
  readonly plannedAt: Date;
}

/** @param versions of one message, the oldest first; null where none of them counts */
export function openMessageOf(versions: readonly VersionRow[]): OpenMessage | null {
  const valid = versions.filter((version) => !version.void);
  const [first] = valid;
  const last = valid.at(-1);
  if (!first || !last) return null;
  const sending = valid.some(({ state }) => state === 'planned');
  return {
    messageId: first.messageId,
    room: first.room,
    openedAt: first.plannedAt,
    lastPlannedAt: last.plannedAt,
    lastVersion: Math.max(...versions.map(({ version }) => version)),
    pushIds: last.pushIds,
    enriched: last.enriched,
    state: first.state === 'parked' ? 'parked' : sending ? 'sending' : 'open',
    remoteId: first.remoteId,
  };
}
