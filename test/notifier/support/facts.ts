import { randomUUID } from 'node:crypto';
import type { EventDraft } from '../../../src/events/event.ts';
import { type DeliveryId, type EventId, type PushId, streamOf } from '../../../src/events/ids.ts';
import type { Commit, PushReceived } from '../../../src/events/push-received.ts';

export const sha = (digit: string) => digit.repeat(40);
const repositoryUrl = 'https://gitea.test/acme/widgets';

export function commit(change: Partial<Commit> = {}): Commit {
  const id = change.id ?? sha('a');
  const ada = { name: 'Ada L', email: 'ada@example.com', username: 'ada' };
  return {
    id,
    message: 'add a thing\n\nand why\n',
    messageCut: false,
    url: `${repositoryUrl}/commit/${id}`,
    author: ada,
    committer: ada,
    authoredAt: '2026-02-03T04:05:06+02:00',
    files: { added: 1, removed: 0, modified: 0 },
    ...change,
  };
}

/** Commits "change 1" to "change n", oldest first. */
export function commits(count: number): Commit[] {
  return Array.from({ length: count }, (_, index) =>
    commit({ id: (index + 1).toString(16).padStart(40, '0'), message: `change ${index + 1}\n` }),
  );
}

/** A push of one commit to main, with what a test changes about it. */
export function push(change: Partial<PushReceived> = {}): PushReceived {
  const list = change.commits ?? [commit()];
  return {
    pushId: randomUUID() as PushId,
    deliveryId: randomUUID() as DeliveryId,
    occurrence: 0,
    source: 'webhook',
    receivedAt: new Date().toISOString(),
    pushedAt: null,
    instance: 'gitea.test',
    repository: { id: 7, owner: 'acme', name: 'widgets', fullName: 'acme/widgets', url: repositoryUrl },
    nodeId: 'gitea_push_widgets',
    ref: 'refs/heads/main',
    refKind: 'branch',
    branch: 'main',
    before: sha('b'),
    after: sha('a'),
    kind: 'updated',
    commits: list,
    head: list.at(-1) ?? null,
    totalCommits: list.length,
    totalIsFloor: false,
    compareUrl: `${repositoryUrl}/compare/${sha('b')}...${sha('a')}`,
    pusher: { id: 1, login: 'ada', fullName: 'Ada L' },
    ignored: null,
    notes: [],
    body: null,
    ...change,
  };
}

export function pushDraft(data: PushReceived): EventDraft<'PushReceived'> {
  return {
    type: 'PushReceived',
    stream: streamOf.push(data.pushId),
    id: (data.deliveryId ?? randomUUID()) as string as EventId,
    data,
    correlationId: data.pushId,
    causationId: data.deliveryId ?? data.pushId,
    recordedAt: new Date(data.receivedAt),
  };
}
