import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FixtureName, fixture } from '../delivery.ts';
import type { StoredHook } from './hooks.ts';
import type { GiteaRepository } from './repository.ts';
import { type GiteaDouble, startGitea } from './server.ts';

interface Received {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly port: number | undefined;
}

let gitea: GiteaDouble;
let repository: GiteaRepository;
let hook: StoredHook;
let received: Received[];
let answer: (path: string) => { status: number; location?: string } | null;

const receiver = createServer(async (request, response) => {
  const body = await buffer(request);
  received.push({
    method: request.method ?? '',
    headers: request.headers,
    body,
    port: request.socket.remotePort,
  });
  const { status, location } = answer(request.url ?? '') ?? { status: 0 };
  if (status !== 0) response.writeHead(status, location === undefined ? {} : { location }).end('{}');
});

beforeEach(async () => {
  received = [];
  answer = () => ({ status: 200 });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  gitea = await startGitea({ sender: { timeoutMs: 200 } });
  repository = gitea.world.createRepository('acme', 'widgets');
  const config = {
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    content_type: 'json',
  };
  hook = gitea.world.addHook(
    { kind: 'repository', repositoryId: repository.id },
    { active: true, config, secret: 'hush', events: ['push', 'delete', 'create'] },
  );
});
afterEach(async () => {
  await gitea.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const sent = async () => {
  await gitea.world.sender.idle();
  return gitea.world.sender.deliveries.map(
    ({ event, body }) => [event, JSON.parse(body.toString())] as const,
  );
};

/** Names of the members all the way down; of lists, of the first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

describe('a body of the double', () => {
  it.each<[FixtureName, string, (repository: GiteaRepository) => void]>([
    ['push-12-commits-capped-5', 'push', (each) => each.push('main', { commits: 12 })],
    ['push-force-rewind', 'push', (each) => each.rewind('main', 1)],
    ['push-tag-create', 'push', (each) => each.tag('v1.0.0')],
    ['push-tag-delete', 'push', (each) => each.deleteTag('before')],
    ['delete-branch', 'delete', (each) => each.deleteBranch('topic')],
    ['create-tag', 'create', (each) => each.tag('v1.0.0')],
    ['push-web-ui-test-delivery', 'push', (each) => gitea.world.testByWeb(each, hook, each.owner)],
    [
      'push-api-test-delivery',
      'push',
      (each) => gitea.world.testByRest(each, hook, 'refs/heads/main', each.owner),
    ],
  ])('has the members of the recorded %s, and the same kinds of values', async (name, event, happen) => {
    gitea.world.sender.pause();
    repository.push('main', { commits: 2 });
    repository.createBranch('topic');
    repository.tag('before');
    gitea.world.sender.deliveries.length = 0;
    happen(repository);
    gitea.world.sender.resume();
    const [, body] = (await sent()).find(([each]) => each === event) ?? [];
    const recorded = fixture(name);
    const { repository: ours, ...rest } = body as Record<string, unknown>;
    const { repository: theirs, ...others } = recorded;
    const strip = (each: Record<string, unknown>) => {
      const copy = structuredClone(each) as {
        commits?: { verification?: unknown }[];
        head_commit?: { verification?: unknown };
      };
      for (const commit of [...(copy.commits ?? []), copy.head_commit])
        if (commit) commit.verification = null;
      return copy;
    };
    // The recorded `delete` and `create` were written with an empty list of commits.
    if (event !== 'push') delete others.commits;
    expect(shapeOf(strip(rest))).toEqual(shapeOf(strip(others)));
    expect(Object.keys(theirs)).toEqual(expect.arrayContaining(Object.keys(ours as object)));
  });

  it('has five commits, newest first, and the full number; of a new branch at most ten', async () => {
    const first = repository.push('main', { commits: 12 });
    const second = repository.push('main', { commits: 12 });
    const bodies = (await sent()).filter(([event]) => event === 'push').map(([, body]) => body);
    const [created, updated] = bodies.sort((a, b) => a.total_commits - b.total_commits);
    expect([created.total_commits, created.before, created.compare_url]).toEqual([
      10,
      '0'.repeat(40),
      `${gitea.url}/`,
    ]);
    expect([updated.total_commits, updated.before]).toEqual([12, first.after]);
    const newest = second.commits.toReversed().map(({ id }) => id);
    expect(updated.commits.map(({ id }: { id: string }) => id)).toEqual(newest.slice(0, 5));
  });
});

describe('the sender of the double', () => {
  it('signs the bytes that it sends, which are indented by two spaces', async () => {
    repository.push('main');
    await sent();
    const [push] = received.filter(({ headers }) => headers['x-gitea-event'] === 'push');
    const signature = createHmac('sha256', 'hush')
      .update(push?.body ?? '')
      .digest('hex');
    expect(push?.headers).toMatchObject({
      'user-agent': 'Go-http-client/1.1',
      'x-gitea-signature': signature,
      'x-hub-signature-256': `sha256=${signature}`,
      'x-gitea-hook-installation-target-type': 'repository',
    });
    expect(push?.body.toString()).toMatch(/^\{\n {2}"ref": "refs\/heads\/main"/);
  });

  it('sends empty signatures without a secret', async () => {
    hook.secret = '';
    repository.push('main');
    await sent();
    expect(received[0]?.headers).toMatchObject({ 'x-gitea-signature': '', 'x-hub-signature-256': 'sha256=' });
  });

  it('tries once, and gives up after its time', async () => {
    answer = () => null;
    repository.push('main');
    await sent();
    expect(gitea.world.sender.deliveries.map(({ status, error }) => [status, error === null])).toEqual([
      [null, false],
      [null, false],
    ]);
    expect(received).toHaveLength(2);
  });

  it('follows a redirect with a GET and counts that as delivered', async () => {
    answer = (path) => (path === '/hook' ? { status: 302, location: '/elsewhere' } : { status: 200 });
    repository.deleteBranch(repository.push('topic') && 'topic');
    await sent();
    expect(received.map(({ method, body }) => [method, body.length > 0])).toContainEqual(['GET', false]);
    expect(gitea.world.sender.deliveries.every(({ status }) => status === 200)).toBe(true);
  });

  it('replays the same bytes under another id', async () => {
    repository.push('main');
    await sent();
    const [first] = gitea.world.sender.deliveries;
    if (!first) throw new Error('nothing was sent');
    const again = gitea.world.replay(first);
    await sent();
    expect(again.id).not.toBe(first.id);
    expect(again.body.equals(first.body)).toBe(true);
  });

  it('sends several at once, not in order, and keeps its connections', async () => {
    gitea.world.sender.pause();
    hook.events = ['push'];
    const pushes = Array.from({ length: 40 }, () => repository.push('main').after);
    gitea.world.sender.resume();
    await sent();
    const order = received.map(({ body }) => JSON.parse(body.toString()).after);
    expect(order).not.toEqual(pushes);
    expect(order.toSorted()).toEqual(pushes.toSorted());
    expect(new Set(received.map(({ port }) => port)).size).toBeLessThanOrEqual(10);
  });

  it('sends one delivery for each level that has the address, all with the same bytes', async () => {
    const { config, events, secret } = hook;
    gitea.world.addHook(
      { kind: 'organisation', ownerId: repository.owner.id },
      { active: true, config, events, secret },
    );
    gitea.world.addHook({ kind: 'system' }, { active: true, config, events, secret });
    hook.events = ['push'];
    repository.tag('v1', { at: repository.push('main').after });
    await sent();
    const tags = received.filter(
      ({ headers, body }) =>
        headers['x-gitea-event'] === 'push' && JSON.parse(body.toString()).ref === 'refs/tags/v1',
    );
    expect(tags).toHaveLength(3);
    expect(new Set(tags.map(({ body }) => body.toString())).size).toBe(1);
    expect(new Set(tags.map(({ headers }) => headers['x-gitea-delivery'])).size).toBe(3);
  });
});
