import type { EventStore } from '../../src/event-store/event-store.ts';
import { decodeEvent } from '../../src/events/codec.ts';
import type { DomainEvent } from '../../src/events/event.ts';
import { type Position, startOfLog } from '../../src/events/ids.ts';

export interface LoggedPush {
  readonly pushId: string;
  readonly ignored: string | null;
  /** It was recovered as a part of another push before it came. */
  readonly within: boolean;
  readonly pusher: string | null;
  redeliveries: number;
  triggered: number;
}

/** What the log says of a repository's refs. */
export interface LoggedRefs {
  /** By full ref, where a push led, or where it was at the baseline; zeros where it was taken away. */
  readonly ends: Map<string, Set<string>>;
  /** Recovery has looked at it. */
  isBaselined: boolean;
}

/** What the log says, as the checks need it. */
export interface LoggedWorld {
  readonly pushes: Map<string, LoggedPush>;
  /** Of each body by its digest: the pushes that hold it, as their own or as their confirmation. */
  readonly byDigest: Map<string, string[]>;
  /** Pushes by message and version: `<message id>.<version>`. */
  readonly plans: Map<string, { readonly room: string; readonly pushIds: readonly string[] }>;
  /** By repository id. */
  readonly refs: Map<number, LoggedRefs>;
  /** Digests of rejected bodies. */
  readonly rejected: Set<string>;
  position: Position;
  events: number;
}

export function emptyWorld(): LoggedWorld {
  return {
    pushes: new Map(),
    byDigest: new Map(),
    plans: new Map(),
    refs: new Map(),
    rejected: new Set(),
    position: startOfLog,
    events: 0,
  };
}

/** Reads on from where it was. */
export async function readOn(world: LoggedWorld, store: Pick<EventStore, 'readPage'>): Promise<void> {
  for (;;) {
    const { events, caughtUp } = await store.readPage(world.position, 500);
    for (const stored of events) {
      const event = decodeEvent(stored);
      if (event) add(world, event);
      world.position = stored.position;
      world.events++;
    }
    if (caughtUp || events.length === 0) return;
  }
}

/** Exported for its tests. */
export function add(world: LoggedWorld, event: DomainEvent): void {
  const holds = (digest: string, pushId: string) => {
    const found = world.byDigest.get(digest) ?? [];
    world.byDigest.set(digest, [...found, pushId]);
  };
  switch (event.type) {
    case 'PushReceived': {
      const { pushId, ignored, pusher, body, within, repository, ref, after } = event.data;
      endOf(refsOf(world, repository.id), ref, after);
      world.pushes.set(pushId, {
        pushId,
        ignored,
        within: (within ?? null) !== null,
        pusher: pusher?.login ?? null,
        redeliveries: 0,
        triggered: 0,
      });
      if (body) holds(body.digest, pushId);
      break;
    }
    case 'RepositoryBaselined': {
      const refs = refsOf(world, event.data.repository.id);
      for (const [ref, head] of Object.entries(event.data.heads)) endOf(refs, ref, head);
      refs.isBaselined = true;
      break;
    }
    case 'PushConfirmed':
      holds(event.data.body.digest, event.data.pushId);
      break;
    case 'PushRedelivered': {
      const push = world.pushes.get(event.data.pushId);
      if (push) push.redeliveries++;
      break;
    }
    case 'DagTriggered': {
      const push = world.pushes.get(event.data.pushId);
      if (push) push.triggered++;
      break;
    }
    case 'DeliveryRejected':
      world.rejected.add(event.data.body.digest);
      break;
    case 'NotificationPlanned': {
      const { messageId, version, room, pushIds } = event.data;
      world.plans.set(`${messageId}.${version}`, { room, pushIds });
      break;
    }
    default:
  }
}

function refsOf({ refs }: LoggedWorld, repositoryId: number): LoggedRefs {
  const known = refs.get(repositoryId) ?? { ends: new Map(), isBaselined: false };
  refs.set(repositoryId, known);
  return known;
}

function endOf({ ends }: LoggedRefs, ref: string, end: string): void {
  ends.set(ref, (ends.get(ref) ?? new Set()).add(end));
}
