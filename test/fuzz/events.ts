import fc from 'fast-check';
import { decodeEvent, encodeEvent, type StoredEvent } from '../../src/events/codec.ts';
import type { DomainEvent } from '../../src/events/event.ts';
import type { EventId, Position } from '../../src/events/ids.ts';
import { allProjections } from '../../src/projections/all.ts';
import { CodedError } from '../../src/runtime/errors.ts';
import { isPoison } from '../../src/subscription/parking.ts';
import { anyDraft } from '../events/drafts.ts';
import { pushEvent } from '../support/push-event.ts';
import { seeded } from '../support/seeded.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { type Json, mutateJson } from './mutate-json.ts';
import { chooseSteps, createOutcomes, type Step, type Target } from './target.ts';

const patienceMs = 1_000;

interface Row {
  type: string;
  stream: string;
  data: string;
  metadata: string;
}

/** Rows as they might stand in a log that somebody or something has damaged: they are refused or parked, and no more. */
export function eventTarget(seed: number): Target {
  const { outcomes, count } = createOutcomes();
  const drafts = fc.sample(anyDraft, { numRuns: 600, seed }).map(encodeEvent);
  const pushes = Array.from({ length: 100 }, (_, index) => {
    const { data, metadata, ...event } = pushEvent({ position: index + 1 });
    return { ...event, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
  });
  const bases: readonly Row[] = [...drafts, ...pushes];

  function made(steps: readonly Step[]): StoredEvent {
    let row: Row = { type: 'PushReceived', stream: 'x', data: '{}', metadata: '{}' };
    for (const { kind, seed: own } of steps) {
      const chance = seeded(own);
      const json = (text: string) => {
        try {
          return JSON.stringify(mutateJson(JSON.parse(text) as Json, chance)) ?? 'null';
        } catch {
          return text;
        }
      };
      switch (kind) {
        case 'base':
          row = { ...(bases[chance.integer(0, bases.length - 1)] ?? row) };
          break;
        case 'data':
          row.data = json(row.data);
          break;
        case 'metadata':
          row.metadata = json(row.metadata);
          break;
        case 'data bytes':
          row.data = mutateBytes(Buffer.from(row.data), chance).toString();
          break;
        case 'metadata bytes':
          row.metadata = mutateBytes(Buffer.from(row.metadata), chance).toString();
          break;
        case 'type':
          row.type = chance.pick(['PushReceived', 'LogSealed', 'Unknown', '__proto__', 'toString', '']);
          break;
        case 'version':
          row.metadata = row.metadata.replace(
            /"schemaVersion":\d+/,
            `"schemaVersion":${chance.integer(-1, 9)}`,
          );
      }
    }
    const { type, stream, data, metadata } = row;
    const id = '6f1c1e2a-0000-4000-8000-000000000001' as EventId;
    return { type, stream, data, metadata, id, position: 1n as Position };
  }

  function once(steps: readonly Step[]): string | null {
    const stored = made(steps);
    const began = performance.now();
    let event: DomainEvent | null;
    try {
      event = decodeEvent(stored);
    } catch (error) {
      count(`refused ${error instanceof CodedError ? error.code : 'without a code'}`);
      return error instanceof CodedError && error.code === 'EVENT_INVALID'
        ? null
        : `decodeEvent threw ${stackOf(error)}`;
    }
    count(event === null ? 'passed over' : 'decoded');
    if (event === null) return null;
    for (const projection of allProjections) {
      try {
        projection.fold(projection.empty(), [event]);
      } catch (error) {
        count(`parked by ${projection.name}`);
        if (!isPoison(error)) return `${projection.name} cannot park it: ${stackOf(error)}`;
      }
    }
    const tookMs = performance.now() - began;
    return tookMs > patienceMs ? `slow: it took ${tookMs.toFixed(0)} ms` : null;
  }

  return {
    name: 'stored events',
    share: 25,
    atOnce: 1,
    outcomes,
    steps: (chance) => [
      { kind: 'base', seed: chance.bytes(6).toString('hex') },
      ...chooseSteps(
        chance,
        [
          [10, 'data'],
          [4, 'metadata'],
          [3, 'data bytes'],
          [2, 'metadata bytes'],
          [1, 'type'],
          [1, 'version'],
        ],
        3,
      ),
    ],
    async run(steps) {
      let problem = once(steps);
      for (let again = 0; problem?.startsWith('slow') && again < 2; again++) problem = once(steps);
      return problem;
    },
    show: (steps) =>
      JSON.stringify(made(steps), (_key, value) => (typeof value === 'bigint' ? String(value) : value), 1),
    end: async () => [],
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
