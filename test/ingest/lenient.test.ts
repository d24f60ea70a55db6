import { describe, expect, test } from 'vitest';
import { pushReceivedSchema } from '../../src/events/push-received.ts';
import { factsOfBranchDelete, factsOfPush, type PushFacts } from '../../src/ingest/push-facts.ts';
import { type Body, type FixtureName, fixture, fixtureNames } from '../support/delivery.ts';
import { deliveryContext } from '../support/delivery-context.ts';

const required = ['ref', 'before', 'after', 'repository', 'repository.id', 'repository.full_name'];
/** What only `delete` must have, and what it has instead. */
const requiredOfDelete = ['ref', 'ref_type', 'repository', 'repository.id', 'repository.full_name'];
/** Fields that are read; all others of a body are nobody's business. */
const read = [
  'commits',
  'total_commits',
  'head_commit',
  'compare_url',
  'pusher',
  'pusher.login',
  'pusher.id',
  'pusher.full_name',
  'repository.html_url',
  'commits.0',
  'commits.0.id',
  'commits.0.message',
  'commits.0.url',
  'commits.0.author',
  'commits.0.author.name',
  'commits.0.author.email',
  'commits.0.timestamp',
  'commits.0.added',
  'head_commit.id',
  'head_commit.message',
];

/** The body with one field taken out or changed; null when the body has no such field. */
function changed(body: Body, path: string, change: 'missing' | { to: unknown }): Body | null {
  const copy = structuredClone(body);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let parent: unknown = copy;
  for (const key of keys) parent = (parent as Record<string, unknown> | undefined | null)?.[key];
  if (typeof parent !== 'object' || parent === null || !(last in parent)) return null;
  const holder = parent as Record<string, unknown>;
  if (change === 'missing') delete holder[last];
  else holder[last] = change.to;
  return copy;
}

const changes: readonly ['missing' | { to: unknown }, string][] = [
  ['missing', 'missing'],
  [{ to: null }, 'null'],
  [{ to: 'text' }, 'a text'],
  [{ to: -1.5 }, 'a number'],
  [{ to: [[]] }, 'a list'],
  [{ to: { a: 1 } }, 'an object'],
];

function factsOf(name: FixtureName, body: Body): PushFacts {
  return name === 'delete-branch'
    ? factsOfBranchDelete(body, deliveryContext)
    : factsOfPush(body, deliveryContext);
}

const pushes = fixtureNames.filter((name) => name !== 'create-tag' && !name.includes('test-delivery'));

describe.for(pushes)('the body of %s', (name) => {
  test.for(name === 'delete-branch' ? requiredOfDelete : required)(
    'without a usable %s is refused',
    (path) => {
      for (const [change, what] of changes) {
        // Any text is a ref, and any object may be a repository: what it lacks is then named.
        if (what === 'a text' && /^(ref|repository\.full_name)$/.test(path)) continue;
        const body = changed(fixture(name), path, change);
        expect(() => body && factsOf(name, body), `${path} is ${what}`).toThrow(path);
      }
    },
  );

  test('is taken whatever an optional field is, and the fact is valid', () => {
    for (const path of read) {
      for (const [change, what] of changes) {
        const body = changed(fixture(name), path, change);
        if (!body) continue;
        const facts = factsOf(name, body);
        const result = pushReceivedSchema.safeParse({ ...facts, pushId: crypto.randomUUID(), occurrence: 0 });
        expect(result.error?.message, `${path} is ${what}`).toBeUndefined();
      }
    }
  });
});

describe('a field that is missing or of another shape', () => {
  const body = fixture('push-12-commits-capped-5');

  test('counts as absent, and is noted', () => {
    const facts = factsOfPush(
      { ...body, compare_url: 7, pusher: undefined, sender: undefined },
      deliveryContext,
    );
    expect(facts.compareUrl).toBeNull();
    expect(facts.pusher).toBeNull();
    expect(facts.notes).toEqual(
      expect.arrayContaining(['compare_url has another shape', 'pusher is missing']),
    );
  });

  test('is not noted where Gitea itself says null', () => {
    expect(factsOfPush(fixture('push-tag-delete'), deliveryContext).notes).toEqual([]);
    expect(factsOfPush(body, deliveryContext).notes).toEqual([]);
  });

  test('total_commits: what is listed is a floor', () => {
    const facts = factsOfPush({ ...body, total_commits: undefined }, deliveryContext);
    expect(facts).toMatchObject({ totalCommits: 5, totalIsFloor: true });
    expect(factsOfPush(body, deliveryContext)).toMatchObject({ totalCommits: 12, totalIsFloor: false });
  });

  test('head_commit: the commit that the ref went to stands in', () => {
    const facts = factsOfPush({ ...body, head_commit: undefined }, deliveryContext);
    expect(facts.head?.id).toBe(body.after);
  });

  test('commits: the push is an update, not a rewind', () => {
    expect(factsOfPush({ ...body, commits: undefined }, deliveryContext).kind).toBe('updated');
    expect(factsOfPush({ ...body, commits: [], total_commits: 0 }, deliveryContext).kind).toBe('rewound');
  });

  test('pusher: the sender, who is the same to Gitea, stands in', () => {
    expect(factsOfPush({ ...body, pusher: undefined }, deliveryContext).pusher?.login).toBe('ada');
  });
});

describe('a push', () => {
  test('of a new branch with ten commits or more has at least so many', () => {
    const body = { ...fixture('push-first-default-branch'), total_commits: 10 };
    expect(factsOfPush(body, deliveryContext)).toMatchObject({ kind: 'created', totalIsFloor: true });
  });

  test('lists its commits oldest first', () => {
    const facts = factsOfPush(fixture('push-12-commits-capped-5'), deliveryContext);
    expect(facts.commits.map((commit) => commit.message.split('\n', 1)[0])).toEqual(
      [8, 9, 10, 11, 12].map((n) => `change ${n}`),
    );
  });

  test('with messages beyond 8 KiB has them cut at a character and marked', () => {
    const body = fixture('push-force-rewrite');
    const [commit] = body.commits as Record<string, unknown>[];
    const long = { ...commit, message: `a${'é'.repeat(10_000)}` };
    const facts = factsOfPush({ ...body, commits: [long] }, deliveryContext);
    expect(facts.commits[0]?.messageCut).toBe(true);
    expect(facts.commits[0]?.message).toBe(`a${'é'.repeat(4_095)}`);
  });

  test('with more commits than an event can hold keeps the newest, and the true number', () => {
    const body = fixture('push-force-rewrite');
    const [commit] = body.commits as Record<string, unknown>[];
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      ...commit,
      id: String(index).padStart(40, '0'),
      message: 'm'.repeat(5_000),
    }));
    const facts = factsOfPush({ ...body, commits: many, total_commits: 1_000 }, deliveryContext);
    expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThan(80 * 1_024);
    expect(facts.commits.at(-1)?.id).toBe('0'.repeat(40));
    expect(facts.totalCommits).toBe(1_000);
  });

  test('with text that Postgres does not take is cleaned', () => {
    const body = fixture('push-force-rewrite');
    const [commit] = body.commits as Record<string, unknown>[];
    const facts = factsOfPush({ ...body, commits: [{ ...commit, message: 'a\0b\ud800c' }] }, deliveryContext);
    expect(facts.commits[0]?.message).toBe('a\ufffdb\ufffdc');
  });

  test('by an ignored pusher says so, by login without case or by the bot’s id', () => {
    const body = fixture('push-force-rewrite');
    const by = (pusher: object) => factsOfPush({ ...body, pusher }, deliveryContext).ignored;
    expect(by({ id: 9, login: 'Gitea-Actions' })).toBe('pusher Gitea-Actions');
    expect(by({ id: -2, login: 'renamed-bot' })).toBe('pusher renamed-bot');
    expect(by({ id: 9, login: 'ada' })).toBeNull();
  });

  test('names the node by the owner only where that is not the configured one', () => {
    const body = fixture('push-force-rewrite');
    const nodeOf = (fullName: string, owner: string | null) =>
      factsOfPush(
        { ...body, repository: { ...body.repository, full_name: fullName } },
        { ...deliveryContext, owner },
      ).nodeId;
    expect(nodeOf('ACME/widgets', 'acme')).toBe('gitea_push_widgets');
    expect(nodeOf('other/widgets', 'acme')).toBe('gitea_push_other/widgets');
    expect(nodeOf('other/widgets', null)).toBe('gitea_push_widgets');
  });
});
