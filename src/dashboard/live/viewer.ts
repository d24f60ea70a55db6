import type { Writable } from 'node:stream';
import { frame, heartbeatFrame } from './frames.ts';
import type { Recent } from './recent.ts';

/** What waits for a viewer who does not read is never more than this and one frame, in bytes. */
export const maxWaitingBytes = 64 * 1_024;
/** A viewer who had no room for so many signs of life in a row is let go. */
const maxMissedHeartbeats = 4;

/** The other end of one connection. */
export interface Viewer {
  readonly out: Pick<Writable, 'write' | 'writableLength' | 'destroyed' | 'end' | 'destroy'>;
  /** Asked now and then: whether what it was let in by still holds. */
  readonly mayStay: () => Promise<boolean>;
  /** How far it has seen the log; null while it waits to be given a place. */
  position: bigint | null;
  /** Until it was looked at for the first time. */
  isNew: boolean;
  /** While it is brought up from the log itself. */
  catchingUp: boolean;
  /** The number of the last status that it was given. */
  statusNumber: number;
  missedHeartbeats: number;
}

export interface NumberedStatus {
  readonly number: number;
  readonly bytes: Buffer;
}

/**
 * Gives a viewer what it has not seen, as long as it takes it. One that fell behind what is kept is told that there is a
 * gap; it then reads everything again.
 */
export function giveLog(viewer: Viewer, recent: Recent): void {
  const { out } = viewer;
  if (viewer.catchingUp || viewer.position === null || !hasRoom(viewer)) return;
  if (viewer.position < recent.from || viewer.position > recent.to) {
    out.write(frame('reset', { position: String(recent.to) }, recent.to));
    viewer.position = recent.to;
    return;
  }
  for (;;) {
    const next = recent.after(viewer.position);
    if (!next) {
      viewer.position = recent.to;
      return;
    }
    if (!hasRoom(viewer)) return;
    out.write(next.bytes);
    viewer.position = next.to;
  }
}

export function giveStatus(viewer: Viewer, status: NumberedStatus): void {
  if (viewer.statusNumber === status.number || !hasRoom(viewer)) return;
  viewer.out.write(status.bytes);
  viewer.statusNumber = status.number;
}

export function giveSignOfLife(viewer: Viewer): void {
  if (hasRoom(viewer)) {
    viewer.out.write(heartbeatFrame);
    viewer.missedHeartbeats = 0;
    return;
  }
  viewer.missedHeartbeats++;
  if (viewer.missedHeartbeats >= maxMissedHeartbeats) viewer.out.destroy();
}

function hasRoom({ out }: Viewer): boolean {
  return !out.destroyed && out.writableLength < maxWaitingBytes;
}
