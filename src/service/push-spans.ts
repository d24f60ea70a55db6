import type { ObservedAppend } from '../event-store/observed-store.ts';
import { decodeEvent, type StoredEvent } from '../events/codec.ts';
import { callIdOf } from '../events/ids.ts';
import { allProjections } from '../projections/all.ts';
import { callMonitor, calls } from '../projections/call-monitor/call-monitor.ts';
import type { Row } from '../projections/table.ts';
import type { HandledBatch } from '../subscription/follow-log.ts';
import type { PushSpan } from '../tracing/span.ts';

/** What was recorded longer ago is caught up with, not traced, in milliseconds: a rebuild would be a flood of spans. */
const liveMs = 10 * 60_000;
const append = 'event_store.append';
const stream = /^pushledger\.push-(.{36})$/;
const projectionNames = new Set(allProjections.map(({ name }) => name));

/**
 * The steps that a stored event tells of: those of `call_monitor.calls`, by the same ids, with the times that this
 * process measured where an event cannot hold them. What projections do they tell themselves, when they have done it.
 */
export function spansOfAppend({ event, outcome, startedAt, durationMs }: ObservedAppend): PushSpan[] {
  if (outcome?.outcome !== 'stored') return [];
  const decoded = decodeEvent({ ...event, position: outcome.position });
  if (!decoded) return [];
  const rows = callMonitor.fold(null, [decoded]).get(calls) ?? [];
  const appendedAt = new Date(startedAt.getTime() + durationMs);
  return rows.flatMap((row) => {
    const span = spanOf(row);
    if (event.type !== 'PushReceived') return [span];
    switch (span.name) {
      case append:
        return [{ ...span, startedAt, endedAt: appendedAt }];
      case 'ingest.receive':
        return [{ ...span, endedAt: appendedAt }];
      default:
        return [];
    }
  });
}

/** That a projection has handled the pushes of a batch. */
export function spansOfBatch({ name, events, startedAt, durationMs }: HandledBatch): PushSpan[] {
  if (!projectionNames.has(name)) return [];
  const endedAt = new Date(startedAt.getTime() + durationMs);
  return events.flatMap((event) => {
    const pushId = event.type === 'PushReceived' ? stream.exec(event.stream)?.[1] : undefined;
    if (pushId === undefined || startedAt.getTime() - recordedAt(event) > liveMs) return [];
    const step = `${name}.record`;
    return [
      {
        ...{ pushId, name: step, startedAt, endedAt, error: null },
        id: callIdOf(pushId, step),
        parentId: callIdOf(pushId, append),
        attributes: { 'pushledger.batch_events': events.length },
      },
    ];
  });
}

function recordedAt({ metadata }: StoredEvent): number {
  const [, text] = /"recordedAt":"([^"]+)"/.exec(metadata) ?? [];
  return Date.parse(text ?? '');
}

function spanOf(row: Row): PushSpan {
  const startedAt = new Date(String(row.started_at));
  const attributes = typeof row.attributes === 'object' && row.attributes !== null ? row.attributes : {};
  return {
    pushId: String(row.trace_id),
    id: String(row.call_id),
    parentId: row.parent_call_id === null ? null : String(row.parent_call_id),
    name: String(row.function_name),
    startedAt,
    endedAt: new Date(startedAt.getTime() + Number(row.duration_ms ?? 0)),
    error: row.status === 'error' ? String(row.error) : null,
    attributes: Object.fromEntries(
      Object.entries(attributes).flatMap(([key, value]) =>
        value === null
          ? []
          : [[`pushledger.${key}`, typeof value === 'object' ? JSON.stringify(value) : value] as const],
      ),
    ),
  };
}
