import { type MessageId, messageIdOf, type PushId } from '../events/ids.ts';
import { timeOfTokens, tokensAt } from './bucket.ts';
import { after, type DuePush, type Edit, type Fresh, placeDue } from './place-due.ts';
import type { Situation } from './situation.ts';
import { maxPushesInMessage, reserveOf, type WindowRules } from './window-rules.ts';

/** A version of a message that should exist. */
export interface MessageToPlan {
  readonly messageId: MessageId;
  readonly version: number;
  readonly room: string;
  /** All that it names: those of the version before, and then the new ones. */
  readonly pushIds: readonly PushId[];
  /** Those that no version before it names. */
  readonly news: readonly DuePush[];
  /** The room's own id of the message that it edits; null for a new message. */
  readonly replaces: string | null;
}

export interface Decision {
  readonly messages: readonly MessageToPlan[];
  /** When to decide again though nothing has happened; null where only an event can make a message due. */
  readonly wakeAt: Date | null;
}

/**
 * A room with a message that was planned so long ago and is not sent has other troubles than the limit: it gets no
 * more, so that what comes meanwhile goes into fewer messages, and it takes no tokens from other rooms. In milliseconds.
 */
export const stuckAfterMs = 10_000;

/** Which messages the due pushes make now. Everything it goes by is in the situation. */
export function decide(situation: Situation, rules: WindowRules): Decision {
  const { now, pending } = situation;
  const placed = placeDue(situation, rules);
  const stuckSince = after(now, -stuckAfterMs);
  const stuck = new Set(pending.filter(({ plannedAt }) => plannedAt <= stuckSince).map(({ room }) => room));
  const waiting = pending.filter(({ room, plannedAt }) => !stuck.has(room) && plannedAt > stuckSince);
  const facts = { ...situation.bucket, pending: waiting.length };

  const fresh = placed.fresh.filter(({ room }) => !stuck.has(room));
  const edits = placed.edits.filter(({ message }) => !stuck.has(message.room));
  const isDue = ({ dueAt }: { readonly dueAt: Date }) => dueAt <= now;
  const ended = edits.filter((edit) => isDue(edit) && edit.endsAt !== null && edit.endsAt <= now);
  // New messages go first, but not for ever.
  const overdue = ended.filter(({ endsAt }) => endsAt !== null && after(endsAt, rules.windowMs) <= now);
  const last = ended.filter((edit) => !overdue.includes(edit));
  const others = edits.filter((edit) => isDue(edit) && !ended.includes(edit));

  let tokens = tokensAt(now, facts, rules);
  const messages: MessageToPlan[] = placed.atOnce.map(newMessage);
  const limited: MessageToPlan[] = [];
  const spend = (candidates: readonly MessageToPlan[], reserve: number) => {
    const affordable = candidates.slice(0, Math.max(0, Math.floor(tokens) - reserve));
    limited.push(...affordable);
    tokens -= affordable.length;
  };
  spend(overdue.map(edited), 0);
  const dueFresh = fresh.filter(isDue);
  spend((dueFresh.length <= tokens ? dueFresh : merged(dueFresh)).map(newMessage), 0);
  spend(last.map(edited), 0);
  spend(others.map(edited), reserveOf(rules));
  messages.push(...limited);

  const left = ended.length + dueFresh.length > 0 && tokens < 1;
  const wakeTimes = [
    ...fresh.filter((group) => !isDue(group)).map(({ dueAt }) => dueAt),
    ...edits.filter((edit) => !isDue(edit)).map(({ dueAt }) => dueAt),
    ...(left ? [timeOfTokens(1, now, facts, rules)] : []),
    ...(others.length > 0 ? [timeOfTokens(reserveOf(rules) + 1, now, facts, rules)] : []),
    ...others.flatMap(({ endsAt }) => (endsAt !== null && endsAt > now ? [endsAt] : [])),
    ...waiting.map(({ plannedAt }) => after(plannedAt, stuckAfterMs)),
  ];
  return { messages, wakeAt: earliest(wakeTimes) };
}

/** The groups of each room in as few messages as hold them; the room that waits for longest first. */
function merged(groups: readonly Fresh[]): Fresh[] {
  const rooms = Map.groupBy(groups, ({ room }) => room);
  return [...rooms].flatMap(([room, ofRoom]) => {
    const pushes = ofRoom.flatMap((group) => group.pushes);
    const dueAt = ofRoom[0]?.dueAt ?? new Date(0);
    const messages: Fresh[] = [];
    for (let at = 0; at < pushes.length; at += maxPushesInMessage) {
      messages.push({ room, dueAt, pushes: pushes.slice(at, at + maxPushesInMessage) });
    }
    return messages;
  });
}

function newMessage({ room, pushes }: Fresh): MessageToPlan {
  const pushIds = pushes.map(({ pushId }) => pushId);
  const [first] = pushIds;
  if (first === undefined) throw new Error('a message names at least one push');
  return {
    messageId: messageIdOf(room, first),
    version: 1,
    room,
    pushIds,
    news: pushes,
    replaces: null,
  };
}

function edited({ message, pushes }: Edit): MessageToPlan {
  return {
    messageId: message.messageId,
    version: message.lastVersion + 1,
    room: message.room,
    pushIds: [...message.pushIds, ...pushes.map(({ pushId }) => pushId)],
    news: pushes,
    replaces: message.remoteId,
  };
}

function earliest(times: readonly Date[]): Date | null {
  return times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime())));
}
