import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type MessageId, messageIdOf, type PushId } from '../../src/events/ids.ts';
import { bucketHorizon } from '../../src/notifier/bucket.ts';
import { decide, stuckAfterMs } from '../../src/notifier/decide.ts';
import type { OpenMessage } from '../../src/notifier/open-message.ts';
import type { DuePush } from '../../src/notifier/place-due.ts';
import type { Situation } from '../../src/notifier/situation.ts';
import { defaultWindowRules, maxPushesInMessage, type WindowRules } from '../../src/notifier/window-rules.ts';

const room = '!room';
const start = Date.parse('2026-03-01T12:00:00Z');
/** Seconds after the start. */
const at = (seconds: number) => new Date(start + seconds * 1000);
const rules = defaultWindowRules;
const digest: WindowRules = { ...rules, mode: 'digest' };
const newId = () => randomUUID() as PushId;

function due(change: Partial<DuePush> = {}): DuePush {
  return { pushId: newId(), repository: 'gitea 1', recordedAt: at(0), rooms: [room], ...change };
}

/** A message of repository `gitea 1` that went out at the start. */
function open(change: Partial<OpenMessage> = {}): OpenMessage {
  return {
    messageId: randomUUID() as MessageId,
    room,
    openedAt: at(0),
    lastPlannedAt: at(0),
    lastVersion: 1,
    pushIds: [newId()],
    enriched: [],
    state: 'open',
    remoteId: '$first',
    ...change,
  };
}

interface Given extends Partial<Omit<Situation, 'now' | 'windowOf'>> {
  readonly now?: number;
  readonly window?: OpenMessage;
  readonly sent?: number;
}

function situation({ now = 0, window, sent = 0, ...rest }: Given): Situation {
  return {
    now: at(now),
    due: [],
    windowOf: (of, repository) => (of === window?.room && repository === 'gitea 1' ? window : null),
    refreshes: [],
    pending: [],
    bucket: {
      since: bucketHorizon(at(now), rules),
      sentAt: Array.from({ length: sent }, () => at(now)),
      closedUntil: null,
    },
    isAtOnce: (of) => of === 'console',
    ...rest,
  };
}

const decideOn = (given: Given, by = rules) => decide(situation(given), by);
const named = (given: Given, by = rules) => decideOn(given, by).messages.map(({ pushIds }) => pushIds);

describe('a push of a quiet repository', () => {
  it('is a new message at once, named by room and push', () => {
    const push = due();
    expect(decideOn({ due: [push] })).toEqual({
      messages: [
        {
          messageId: messageIdOf(room, push.pushId),
          version: 1,
          room,
          pushIds: [push.pushId],
          news: [push],
          replaces: null,
        },
      ],
      wakeAt: null,
    });
  });

  it('is a message in each room that it goes to', () => {
    const push = due({ rooms: ['!one', '!two'] });
    expect(decideOn({ due: [push] }).messages.map((message) => message.room)).toEqual(['!one', '!two']);
  });

  it('is one message with those that came before it was announced', () => {
    const pushes = [due(), due({ recordedAt: at(1) })];
    expect(named({ now: 2, due: pushes })).toEqual([pushes.map(({ pushId }) => pushId)]);
  });

  it('has a message of its own, whatever other repositories do', () => {
    const pushes = [due(), due({ repository: 'gitea 2' }), due({ repository: 'gitea 3' })];
    expect(named({ due: pushes })).toEqual(pushes.map(({ pushId }) => [pushId]));
  });
});

describe('a further push within the window', () => {
  it('goes into the message by an edit, no sooner than an interval after its last version', () => {
    const window = open({ lastVersion: 3, lastPlannedAt: at(8) });
    const push = due({ recordedAt: at(9) });
    expect(decideOn({ now: 9, due: [push], window })).toEqual({ messages: [], wakeAt: at(13) });
    const later = due({ recordedAt: at(12) });
    expect(decideOn({ now: 13, due: [push, later], window }).messages).toEqual([
      {
        messageId: window.messageId,
        version: 4,
        room,
        pushIds: [...window.pushIds, push.pushId, later.pushId],
        news: [push, later],
        replaces: '$first',
      },
    ]);
  });

  it('goes in at once where the clock was ahead when the message was planned, and was set back', () => {
    const window = open({ openedAt: at(600), lastPlannedAt: at(600) });
    const push = due({ recordedAt: at(1) });
    expect(decideOn({ now: 1, due: [push], window }).messages).toMatchObject([{ version: 2, news: [push] }]);
  });

  it('waits while the message is on its way: only what is there can be edited', () => {
    for (const window of [open({ state: 'sending', remoteId: null }), open({ state: 'sending' })]) {
      expect(decideOn({ now: 20, due: [due({ recordedAt: at(1) })], window })).toEqual({
        messages: [],
        wakeAt: null,
      });
    }
  });

  it('is in the message however late that can be edited', () => {
    const push = due({ recordedAt: at(59) });
    expect(decideOn({ now: 3_600, due: [push], window: open() }).messages).toMatchObject([
      { version: 2, news: [push] },
    ]);
  });

  it('is a message of its own where the first one was parked, or names as many as it can', () => {
    const full = open({ pushIds: Array.from({ length: maxPushesInMessage }, newId) });
    for (const window of [open({ state: 'parked', remoteId: null }), full]) {
      const push = due({ recordedAt: at(30) });
      expect(named({ now: 30, due: [push], window })).toEqual([[push.pushId]]);
    }
  });
});

describe('a push after the window', () => {
  it('begins a new message', () => {
    const push = due({ recordedAt: at(60) });
    expect(named({ now: 60, due: [push], window: open() })).toEqual([[push.pushId]]);
  });

  it('does not take those with it that fell into the window', () => {
    const [inside, outside] = [due({ recordedAt: at(59) }), due({ recordedAt: at(61) })];
    expect(decideOn({ now: 61, due: [inside, outside], window: open() }).messages).toMatchObject([
      { news: [outside], version: 1 },
      { news: [inside], version: 2 },
    ]);
  });
});

describe('a digest', () => {
  it('comes when the window ends that its first push opened, with all that came until then', () => {
    const pushes = [due(), due({ recordedAt: at(59) })];
    expect(decideOn({ now: 59, due: pushes }, digest)).toEqual({ messages: [], wakeAt: at(60) });
    expect(named({ now: 60, due: pushes }, digest)).toEqual([pushes.map(({ pushId }) => pushId)]);
  });

  it('is not an edit of the one before it', () => {
    const push = due({ recordedAt: at(30) });
    expect(decideOn({ now: 90, due: [push], window: open() }, digest).messages).toMatchObject([
      { version: 1, replaces: null },
    ]);
  });
});

describe('without a window', () => {
  it('each push is a message', () => {
    const pushes = [due(), due()];
    const byThemselves = { ...rules, windowMs: 0 };
    expect(named({ due: pushes, window: open() }, byThemselves)).toEqual(
      pushes.map(({ pushId }) => [pushId]),
    );
  });
});

describe('an enrichment', () => {
  it('makes an edit due that tells it, coalesced with pushes', () => {
    const window = open();
    expect(decideOn({ now: 2, refreshes: [window] })).toEqual({ messages: [], wakeAt: at(5) });
    expect(decideOn({ now: 5, refreshes: [window] }).messages).toMatchObject([
      { version: 2, pushIds: window.pushIds, news: [] },
    ]);
    const push = due({ recordedAt: at(4) });
    expect(decideOn({ now: 5, due: [push], refreshes: [window], window }).messages).toMatchObject([
      { version: 2, news: [push] },
    ]);
  });
});

describe('when the bucket is the bottleneck', () => {
  const many = (count: number, change: Partial<DuePush> = {}) =>
    Array.from({ length: count }, (_, index) => due({ repository: `gitea ${index + 10}`, ...change }));

  it('the repositories of a room share a message', () => {
    const pushes = many(11);
    const { messages, wakeAt } = decideOn({ due: pushes });
    expect(messages).toMatchObject([{ version: 1, news: pushes }]);
    expect(wakeAt).toBeNull();
    expect(named({ due: many(10) })).toHaveLength(10);
  });

  it('no message names more than can be read', () => {
    const sizes = named({ due: many(250) }).map((pushIds) => pushIds.length);
    expect(sizes).toEqual([100, 100, 50]);
  });

  it('nothing is planned without a token, and it is known when there is one', () => {
    const { messages, wakeAt } = decideOn({ due: many(3), sent: 10 });
    expect(messages).toEqual([]);
    expect(wakeAt?.getTime()).toBeLessThanOrEqual(at(5).getTime());
    expect(wakeAt?.getTime()).toBeGreaterThan(at(4.9).getTime());
  });

  it('the room that waits for longest goes first', () => {
    const pushes = [...many(2, { rooms: ['!one'] }), ...many(2, { rooms: ['!two'] })];
    expect(decideOn({ due: pushes, sent: 9 }).messages).toMatchObject([{ room: '!one' }]);
  });

  it('new messages go before edits, and edits leave a reserve for them', () => {
    const window = open();
    const waiting = due({ recordedAt: at(1) });
    const edit = (sent: number, now = 10) => decideOn({ now, due: [waiting], window, sent });
    expect(edit(6).messages).toMatchObject([{ version: 2 }]);
    expect(edit(7).messages).toEqual([]);
    // It is the last edit from the end of the window on, and no longer waits.
    expect(edit(7).wakeAt).toEqual(at(15));
    expect(edit(9, 60).messages).toMatchObject([{ version: 2 }]);
    expect(decideOn({ now: 60, due: [waiting, ...many(1)], window, sent: 9 }).messages).toMatchObject([
      { version: 1 },
    ]);
  });

  it('new messages do not keep the last edit back for ever', () => {
    const waiting = due({ recordedAt: at(1) });
    expect(
      decideOn({ now: 120, due: [waiting, ...many(3)], window: open(), sent: 9 }).messages,
    ).toMatchObject([{ version: 2, news: [waiting] }]);
  });

  it('what the homeserver said is believed', () => {
    const closed = { since: bucketHorizon(at(0), rules), sentAt: [], closedUntil: at(30) };
    expect(decideOn({ due: [due()], bucket: closed })).toEqual({ messages: [], wakeAt: at(30) });
  });
});

describe('a room whose messages do not get out', () => {
  const planned = (count: number, of: string) =>
    Array.from({ length: count }, () => ({ room: of, plannedAt: at(0) }));
  const stuckAt = stuckAfterMs / 1000;

  it('takes tokens at first, then none from other rooms, and gets no more messages itself', () => {
    const [here, there] = [due(), due({ rooms: ['!other'], repository: 'gitea 2' })];
    const pending = planned(10, room);
    expect(decideOn({ now: 1, due: [here, there], pending }).messages).toEqual([]);
    expect(decideOn({ now: 1, due: [here, there], pending }).wakeAt?.getTime()).toBeLessThanOrEqual(
      at(stuckAt).getTime(),
    );
    expect(decideOn({ now: stuckAt, due: [here, there], pending }).messages).toMatchObject([
      { room: '!other' },
    ]);
  });
});

describe('on the console', () => {
  it('each push is printed by itself and at once, whatever the limit', () => {
    const pushes = Array.from({ length: 20 }, () => due({ rooms: ['console'] }));
    expect(named({ due: pushes, sent: 10, window: open({ room: 'console' }) })).toEqual(
      pushes.map(({ pushId }) => [pushId]),
    );
  });
});
