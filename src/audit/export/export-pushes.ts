import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent } from '../../events/codec.ts';
import { startOfLog } from '../../events/ids.ts';
import { exportedPush } from './exported-push.ts';
import type { ExportFormat } from './formats.ts';

export interface ExportOptions {
  readonly store: EventStore;
  readonly format: ExportFormat;
  /** Received then or later. */
  readonly since?: Date;
  /** Exclusive. */
  readonly until?: Date;
  readonly signal: AbortSignal;
  readonly onProgress?: (events: number, position: bigint) => void;
}

const pageSize = 500;

/**
 * The pushes that were received in a range of time, in log order, as texts to be written one after the other. From the
 * log itself, as what is made of it may lag behind; all of it is read, as it is in order of arrival and not of time.
 */
export async function* exportPushes(options: ExportOptions): AsyncGenerator<string> {
  const { store, format, signal } = options;
  const end = await store.head();
  let after = startOfLog;
  let events = 0;
  if (format.head !== '') yield format.head;
  while (after < end) {
    signal.throwIfAborted();
    const page = await store.readPage(after, pageSize);
    let text = '';
    for (const stored of page.events) {
      if (stored.position > end) break;
      const event = stored.type === 'PushReceived' ? decodeEvent(stored) : null;
      if (event?.type === 'PushReceived' && isWithin(event.data.receivedAt, options)) {
        text += format.line(exportedPush(event));
      }
    }
    if (text !== '') yield text;
    events += page.events.length;
    after = page.events.at(-1)?.position ?? end;
    options.onProgress?.(events, after);
  }
}

function isWithin(receivedAt: string, { since, until }: ExportOptions): boolean {
  const time = Date.parse(receivedAt);
  return (!since || time >= since.getTime()) && (!until || time < until.getTime());
}
