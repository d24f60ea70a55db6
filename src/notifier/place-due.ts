import type { PushId } from '../events/ids.ts';
import type { OpenMessage } from './open-message.ts';
import type { Situation } from './situation.ts';
import { maxPushesInMessage, type WindowRules } from './window-rules.ts';

/** A push that is to be named in some rooms still. */
export interface DuePush {
  readonly pushId: PushId;
  /** See `repositoryKey`. */
  readonly repository: string;
  /** When it came into the log. */
  readonly recordedAt: Date;
  /** Those that are left. */
  readonly rooms: readonly string[];
}

/** Pushes for a new message. */
export interface Fresh {
  readonly room: string;
  /** The oldest first; at least one. */
  readonly pushes: readonly DuePush[];
  readonly dueAt: Date;
}

/** Pushes, or enrichments, for a message that is in the room. */
export interface Edit {
  readonly message: OpenMessage;
  readonly pushes: readonly DuePush[];
  readonly dueAt: Date;
  /** From when on nothing more comes: the edit is then the message's last. Null for enrichments alone. */
  readonly endsAt: Date | null;
}

export interface Placed {
  /** For rooms that know neither windows nor limits. */
  readonly atOnce: readonly Fresh[];
  readonly fresh: readonly Fresh[];
  readonly edits: readonly Edit[];
}

/** Which message each due push belongs to. */
export function placeDue(situation: Situation, rules: WindowRules): Placed {
  const atOnce: Fresh[] = [];
  const groups = new Map<string, { room: string; pushes: DuePush[] }>();
  const edits = new Map<string, { message: OpenMessage; pushes: DuePush[] }>();

  for (const push of situation.due) {
    for (const room of push.rooms) {
      if (situation.isAtOnce(room)) {
        atOnce.push({ room, pushes: [push], dueAt: push.recordedAt });
        continue;
      }
      const message = openWindow(situation, rules, push, room);
      if (message) {
        const edit = edits.get(message.messageId) ?? { message, pushes: [] };
        if (edit.pushes.length + message.pushIds.length < maxPushesInMessage) edit.pushes.push(push);
        edits.set(message.messageId, edit);
        continue;
      }
      const key = `${room}\n${rules.windowMs === 0 ? push.pushId : push.repository}`;
      const group = groups.get(key) ?? { room, pushes: [] };
      if (group.pushes.length < maxPushesInMessage) group.pushes.push(push);
      groups.set(key, group);
    }
  }

  for (const message of situation.refreshes) {
    if (!edits.has(message.messageId)) edits.set(message.messageId, { message, pushes: [] });
  }
  return {
    atOnce,
    fresh: [...groups.values()].map((group) => ({
      ...group,
      dueAt: freshDueAt(situation, rules, group.pushes),
    })),
    edits: [...edits.values()]
      .filter(({ message }) => message.state === 'open' && message.remoteId !== null)
      .map(({ message, pushes }) => ({
        message,
        pushes,
        // One from the future was planned while the clock was ahead: it would hold edits back until the time is reached again.
        dueAt:
          message.lastPlannedAt > situation.now
            ? situation.now
            : after(message.lastPlannedAt, rules.editIntervalMs),
        endsAt: pushes.length > 0 ? after(message.openedAt, rules.windowMs) : null,
      })),
  };
}

/** The message whose window the push fell into, where that can take it. */
function openWindow(
  { windowOf }: Situation,
  rules: WindowRules,
  push: DuePush,
  room: string,
): OpenMessage | null {
  if (rules.mode === 'digest' || rules.windowMs === 0) return null;
  const message = windowOf(room, push.repository);
  if (!message || message.state === 'parked' || message.pushIds.length >= maxPushesInMessage) return null;
  return push.recordedAt < after(message.openedAt, rules.windowMs) ? message : null;
}

/** A digest's window is opened by the first push that waits. */
function freshDueAt({ now }: Situation, rules: WindowRules, pushes: readonly DuePush[]): Date {
  const [first] = pushes;
  return rules.mode === 'digest' && first ? after(first.recordedAt, rules.windowMs) : now;
}

export function after(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}
