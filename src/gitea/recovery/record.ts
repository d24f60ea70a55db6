import type { ClientBase } from 'pg';
import type { DataOf, EventType } from '../../events/catalogue.ts';
import type { DomainEvent } from '../../events/event.ts';
import type { PushReceived } from '../../events/push-received.ts';
import { baselined, withLink, withSpan } from './ref-state.ts';
import { type RefKey, RefStates } from './ref-states.ts';
import * as statements from './statements.ts';

/** What it records; of other events it makes nothing. */
export const recordedTypes: ReadonlySet<EventType> = new Set([
  'PushReceived',
  'TestDeliveryReceived',
  'RepositoryBaselined',
  'PushesCollapsed',
  'HookInstalled',
  'HookRemoved',
]);

interface RepositoryRow {
  readonly instance: string;
  readonly repositoryId: number;
  readonly fullName: string;
  readonly seenAt: string | null;
  readonly baselinedAt: string | null;
  readonly feedId: number | null;
}

/**
 * Writes what follows from these events to recovery's tables. Every value is the events' own, but for the instance of
 * test deliveries, which do not name it.
 */
export async function record(
  transaction: ClientBase,
  events: readonly DomainEvent[],
  instance: string,
): Promise<void> {
  const refs = new RefStates(transaction);
  await refs.load(events.flatMap(refsOf));
  const repositories = new Map<string, RepositoryRow>();
  const note = (row: RepositoryRow) => {
    const key = JSON.stringify([row.instance, row.repositoryId]);
    const known = repositories.get(key);
    repositories.set(key, known ? merged(known, row) : row);
  };
  for (const event of events) {
    switch (event.type) {
      case 'PushReceived':
        note(repositoryOf(event.data));
        // One that was recovered as part of another is no link of the chain.
        if (event.data.within === undefined) {
          refs.change(keyOf(event.data), (state) => withLink(state, linkOf(event.data)));
        }
        break;
      case 'TestDeliveryReceived': {
        const { repository, receivedAt } = event.data;
        note({ ...unnoted, instance, ...namesOf(repository), seenAt: receivedAt });
        break;
      }
      case 'RepositoryBaselined':
        await baseline(refs, event.data);
        if (event.data.part === 0) note(baselinedRepository(event.data));
        break;
      case 'PushesCollapsed':
        for (const { ref, from, until } of event.data.spans) {
          const span = { from: Date.parse(from), until: Date.parse(until) };
          refs.change({ ...event.data, ref }, (state) => withSpan(state, span));
        }
        break;
      case 'HookInstalled': {
        const { hookId, place, events: sent, branchFilter } = event.data;
        const repository = place.kind === 'repository' ? place : null;
        await transaction.query(statements.upsertHook, [
          event.data.instance,
          hookId,
          place.kind,
          repository?.repositoryId ?? null,
          place.kind === 'system' ? null : place.owner,
          repository?.name ?? null,
          sent,
          branchFilter,
        ]);
        break;
      }
      case 'HookRemoved': {
        const { hookId, removedAt } = event.data;
        await transaction.query(statements.markHookRemoved, [event.data.instance, hookId, removedAt]);
        break;
      }
      default:
        break;
    }
  }
  await writeRepositories(transaction, [...repositories.values()]);
  await refs.write();
}

/** Also refs that it does not have: they are gone. */
async function baseline(refs: RefStates, data: DataOf<'RepositoryBaselined'>): Promise<void> {
  const at = Date.parse(data.baselinedAt);
  const repository = { instance: data.instance, repositoryId: data.repository.id };
  // The other parts came before this one, in the same time.
  if (data.part === 0) {
    await refs.loadAll(repository);
    refs.removeWhere(repository, (state) => state.resetAt !== at);
  }
  for (const [ref, head] of Object.entries(data.heads)) {
    refs.change({ ...repository, ref }, () => baselined(head, at));
  }
}

function refsOf(event: DomainEvent): RefKey[] {
  switch (event.type) {
    case 'PushReceived':
      return [keyOf(event.data)];
    case 'PushesCollapsed':
      return event.data.spans.map(({ ref }) => ({ ...event.data, ref }));
    default:
      return [];
  }
}

function keyOf({ instance, repository, ref }: PushReceived): RefKey {
  return { instance, repositoryId: repository.id, ref };
}

function linkOf(push: PushReceived) {
  const heardAt = Date.parse(push.receivedAt);
  return {
    before: push.before,
    after: push.after,
    at: Date.parse(push.pushedAt ?? push.recovered?.until ?? push.receivedAt),
    heardAt,
  };
}

const unnoted = { seenAt: null, baselinedAt: null, feedId: null };

function namesOf({ id, fullName }: { readonly id: number; readonly fullName: string }) {
  return { repositoryId: id, fullName };
}

function repositoryOf({ instance, repository, source, receivedAt }: PushReceived): RepositoryRow {
  const seenAt = source === 'webhook' ? receivedAt : null;
  return { ...unnoted, instance, ...namesOf(repository), seenAt };
}

function baselinedRepository(data: DataOf<'RepositoryBaselined'>): RepositoryRow {
  const { instance, repository, baselinedAt, feedId } = data;
  return { ...unnoted, instance, ...namesOf(repository), baselinedAt, feedId };
}

function merged(known: RepositoryRow, next: RepositoryRow): RepositoryRow {
  const isBaseline = next.baselinedAt !== null;
  const seen = [known.seenAt, next.seenAt].filter((at) => at !== null).sort();
  return {
    ...next,
    seenAt: seen.at(-1) ?? null,
    baselinedAt: isBaseline ? next.baselinedAt : known.baselinedAt,
    feedId: isBaseline ? next.feedId : known.feedId,
  };
}

async function writeRepositories(transaction: ClientBase, rows: readonly RepositoryRow[]): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(statements.upsertRepositories, [
    rows.map((row) => row.instance),
    rows.map((row) => row.repositoryId),
    rows.map((row) => row.fullName),
    rows.map((row) => row.seenAt),
    rows.map((row) => row.baselinedAt),
    rows.map((row) => row.feedId),
  ]);
}
