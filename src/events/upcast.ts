import type { EventType } from './catalogue.ts';

/** Lifts the data of an event from one version of its schema to the next. */
type Upcaster = (data: unknown) => unknown;

/** By type, then by the version that the stored data has. */
const upcasters: Partial<Record<EventType, Readonly<Record<number, Upcaster>>>> = {
  DeliveryRejected: { 1: (data) => ({ ...fieldsOf(data), repository: null }) },
  NotificationPlanned: { 1: routedByItself },
  NotificationSent: { 1: (data) => ({ ...fieldsOf(data), device: null }) },
};

/** There was one room for all pushes, and a message of its own for each. */
function routedByItself(data: unknown): unknown {
  const fields = fieldsOf(data);
  const pushIds: readonly unknown[] = Array.isArray(fields.pushIds) ? fields.pushIds : [];
  const routes = pushIds.map((pushId) => ({ pushId, rooms: [fields.room] }));
  return { ...fields, routes, opens: [], enriched: [] };
}

/** The schema of the newest version refuses what is no object, so that nothing has to be said of it here. */
function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null ? { ...data } : {};
}

/** Data of `version`, in the shape of version `target`. Versions without a step of their own are taken as they are. */
export function upcast(type: EventType, data: unknown, version: number, target: number): unknown {
  let lifted = data;
  for (let from = version; from < target; from++) {
    lifted = upcasters[type]?.[from]?.(lifted) ?? lifted;
  }
  return lifted;
}
