import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeliveryId, type EventId, streamOf } from '../../src/events/ids.ts';
import { readRefusals } from '../../src/gitea/hooks/known-hooks.ts';
import { type InstalledHook, recordInstalled, recordRemoved } from '../../src/gitea/hooks/record-hook.ts';
import { hookStates } from '../../src/projections/hooks/hooks.ts';
import {
  createProjectedLog,
  hastyClock,
  noDifference,
  type ProjectedLog,
  sumOf,
} from './support/projected-log.ts';

let projected: ProjectedLog;
beforeAll(async () => {
  projected = await createProjectedLog();
});
afterAll(() => projected.close());

const installed: InstalledHook = {
  instance: 'gitea.test',
  hookId: 7,
  place: { kind: 'repository', repositoryId: 42, owner: 'acme', name: 'widgets' },
  url: 'https://push.example.org/webhook/gitea',
  change: 'created',
  events: ['push', 'delete'],
  branchFilter: 'main',
  secret: 'generated',
};

test('each hook is as its last event says, and a rebuild makes the same rows', async () => {
  const log = { store: projected.store, clock: hastyClock };
  await recordInstalled(log, installed);
  await recordInstalled(log, { ...installed, hookId: 8, place: { kind: 'organisation', owner: 'acme' } });
  await recordInstalled(log, { ...installed, hookId: 9, place: { kind: 'system' } });
  await projected.project([hookStates]);
  const { instance, place, url } = installed;
  await recordRemoved(log, { instance, hookId: 7, place, url, change: 'removed' });
  await recordInstalled(log, {
    ...installed,
    hookId: 8,
    place: { kind: 'organisation', owner: 'acme' },
    change: 'changed',
    branchFilter: '',
  });
  await projected.project([hookStates]);
  const { rows } = await projected.admin.query(
    `select hook_id, state, scope, owner, name, repository_id, branch_filter, secret from pushledger.hooks order by hook_id`,
  );
  expect(rows).toEqual([
    {
      hook_id: '7',
      state: 'removed',
      scope: 'repository',
      owner: 'acme',
      name: 'widgets',
      repository_id: '42',
      branch_filter: '',
      secret: null,
    },
    {
      hook_id: '8',
      state: 'installed',
      scope: 'organisation',
      owner: 'acme',
      name: null,
      repository_id: null,
      branch_filter: '',
      secret: 'generated',
    },
    {
      hook_id: '9',
      state: 'installed',
      scope: 'system',
      owner: null,
      name: null,
      repository_id: null,
      branch_filter: 'main',
      secret: 'generated',
    },
  ]);
  const rebuilt = await projected.rebuild({ projections: [hookStates], dryRun: true });
  expect(sumOf(rebuilt)).toEqual(noDifference);
});

test('the last delivery of a repository that was refused is kept', async () => {
  const rejected = (deliveryId: string, reason: string, repository: { id: number; fullName: null } | null) =>
    projected.append({
      type: 'DeliveryRejected',
      stream: streamOf.rejection(deliveryId as DeliveryId),
      id: deliveryId as EventId,
      data: {
        deliveryId: deliveryId as DeliveryId,
        receivedAt: '2026-02-03T04:05:06.000Z',
        repository,
        event: 'push',
        code: 'PUSH_INVALID',
        reason,
        body: {
          digest: '0'.repeat(64),
          size: 2,
          stored: false,
          contentType: 'json',
          signature: '0'.repeat(64),
          secret: 'default',
        },
      },
      correlationId: deliveryId,
      causationId: deliveryId,
      recordedAt: new Date('2026-02-03T04:05:06.000Z'),
    });
  await rejected(randomUUID(), 'no ref', { id: 42, fullName: null });
  await rejected(randomUUID(), 'no after', { id: 42, fullName: null });
  await rejected(randomUUID(), 'no repository', null);
  await projected.project([hookStates]);
  expect(await readRefusals(projected.pool)).toEqual(new Map([[42, 'PUSH_INVALID: no after']]));
  expect(sumOf(await projected.rebuild({ projections: [hookStates], dryRun: true }))).toEqual(noDifference);
});
