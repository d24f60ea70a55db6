import type { EventStore } from '../event-store/event-store.ts';
import type { PushId } from '../events/ids.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DuePush } from './place-due.ts';
import { readPushes } from './read-pushes.ts';
import type { DueRow } from './read-situation.ts';
import type { Router } from './routes.ts';

/** Pushes that are read at once; the facts of each are a few kilobytes. */
const batchSize = 100;

export interface Routing {
  /** Where each of these goes. By configuration, where no message names it yet; muted ones are left out. */
  routed(rows: readonly DueRow[]): Promise<DuePush[]>;
}

export function createRouting(store: EventStore, route: Router, logger: Logger): Routing {
  /** The configuration does not change while we run, so that a push is looked at once. */
  let known = new Map<PushId, readonly string[]>();

  async function look(pushIds: readonly PushId[]): Promise<void> {
    const found = await readPushes(store, pushIds);
    for (const pushId of pushIds) {
      const push = found.get(pushId)?.push;
      if (!push) logger.error({ pushId }, 'a due push is not in the event store; it is not announced');
      known.set(pushId, push ? [...new Set(route(push))] : []);
    }
  }

  return {
    async routed(rows) {
      const open = rows.flatMap(({ pushId, rooms }) => (rooms === null ? [pushId] : []));
      known = new Map(
        open.flatMap((pushId) => {
          const rooms = known.get(pushId);
          return rooms ? [[pushId, rooms]] : [];
        }),
      );
      const unknown = open.filter((pushId) => !known.has(pushId));
      for (let at = 0; at < unknown.length; at += batchSize) await look(unknown.slice(at, at + batchSize));
      return rows
        .map((row) => ({ ...row, rooms: row.rooms ?? known.get(row.pushId) ?? [] }))
        .filter(({ rooms }) => rooms.length > 0);
    },
  };
}
