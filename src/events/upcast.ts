import type { EventType } from './catalogue.ts';

/** Lifts the data of an event from one version of its schema to the next. */
type Upcaster = (data: unknown) => unknown;

/** By type, then by the version that the stored data has. Empty until a schema first changes. */
const upcasters: Partial<Record<EventType, Readonly<Record<number, Upcaster>>>> = {};

/** Data of `version`, in the shape of version `target`. Versions without a step of their own are taken as they are. */
export function upcast(type: EventType, data: unknown, version: number, target: number): unknown {
  let lifted = data;
  for (let from = version; from < target; from++) {
    lifted = upcasters[type]?.[from]?.(lifted) ?? lifted;
  }
  return lifted;
}
