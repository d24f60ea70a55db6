import type { DomainEvent } from '../../events/event.ts';
import { cleanText } from '../../events/text.ts';
import type { Projection } from '../projection.ts';
import type { Row, Table } from '../table.ts';

export const hooks: Table = {
  schema: 'pushledger',
  name: 'hooks',
  key: ['hook_id'],
  columns: {
    hook_id: 'bigint',
    state: 'text',
    scope: 'text',
    owner: 'text',
    name: 'text',
    repository_id: 'bigint',
    url: 'text',
    events: 'text[]',
    branch_filter: 'text',
    secret: 'text',
    changed_at: 'timestamp with time zone',
  },
  shared: false,
  growth: 'replaced',
};

export const refusedDeliveries: Table = {
  schema: 'pushledger',
  name: 'refused_deliveries',
  key: ['repository_id'],
  columns: {
    repository_id: 'bigint',
    delivery_id: 'uuid',
    refused_at: 'timestamp with time zone',
    code: 'text',
    reason: 'text',
  },
  shared: false,
  growth: 'replaced',
};

/**
 * Keeps `pushledger.hooks`: how the webhooks in Gitea are, as far as commands of ours installed or removed them, and the
 * last delivery of each repository that we had to refuse.
 */
export const hookStates: Projection<null> = {
  name: 'hooks',
  version: 1,
  tables: [hooks, refusedDeliveries],
  empty: () => null,
  load: async () => null,
  loadAll: async () => null,
  fold: (_state, events) =>
    new Map([
      [hooks, events.flatMap(rowsOf)],
      [refusedDeliveries, events.flatMap(refusedIn)],
    ]),
};

function refusedIn({ type, data }: DomainEvent): Row[] {
  if (type !== 'DeliveryRejected' || !data.repository) return [];
  return [
    {
      repository_id: data.repository.id,
      delivery_id: data.deliveryId,
      refused_at: data.receivedAt,
      code: data.code,
      reason: cleanText(data.reason),
    },
  ];
}

function rowsOf(event: DomainEvent): Row[] {
  switch (event.type) {
    case 'HookInstalled': {
      const { events, branchFilter, secret, installedAt } = event.data;
      const state = { state: 'installed', events, branch_filter: branchFilter, secret };
      return [{ ...rowOf(event), ...state, changed_at: installedAt }];
    }
    case 'HookRemoved': {
      const state = { state: 'removed', events: [], branch_filter: '', secret: null };
      return [{ ...rowOf(event), ...state, changed_at: event.data.removedAt }];
    }
    default:
      return [];
  }
}

function rowOf({ data }: DomainEvent<'HookInstalled' | 'HookRemoved'>): Row {
  const { place } = data;
  return {
    hook_id: data.hookId,
    scope: place.kind,
    owner: place.kind === 'system' ? null : place.owner,
    name: place.kind === 'repository' ? place.name : null,
    repository_id: place.kind === 'repository' ? place.repositoryId : null,
    url: data.url,
  };
}
