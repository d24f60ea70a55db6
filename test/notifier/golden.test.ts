import { describe, expect, it } from 'vitest';
import { type DeliveryId, type MessageId, type PushId, pushIdOf } from '../../src/events/ids.ts';
import type { PushEnriched } from '../../src/events/push-enriched.ts';
import type { PushReceived } from '../../src/events/push-received.ts';
import { classifyDelivery } from '../../src/ingest/classify.ts';
import type { AnnouncedPush } from '../../src/notifier/announced-push.ts';
import { contentOf, type MessageContent } from '../../src/notifier/content.ts';
import { eventOf, type FixtureName, fixture, fixtureNames } from '../support/delivery.ts';
import { deliveryContext } from '../support/delivery-context.ts';
import { announced } from './support/announced.ts';
import { commit, commits, push as pushWith, sha } from './support/facts.ts';

/**
 * What people see, as files beside this test: `vitest run -u test/notifier/golden.test.ts` writes them anew, and the
 * difference is to be read like any other.
 */
async function expectGolden(name: string, content: MessageContent): Promise<void> {
  await expect(`${content.body}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  await expect(`${content.formatted_body}\n`).toMatchFileSnapshot(`golden/${name}.html`);
}

const messageId = '11111111-1111-5111-8111-111111111111' as MessageId;
const contentOfAll = (pushes: readonly AnnouncedPush[]) =>
  contentOf({ messageId, version: 1, pushes, replaces: null });

/** The push that a recorded delivery is; null where it is none. */
function pushOf(name: FixtureName): PushReceived | null {
  const delivery = classifyDelivery(eventOf(name), fixture(name), deliveryContext);
  if (delivery.is !== 'push') return null;
  const { facts } = delivery;
  const { instance, repository, ref, after } = facts;
  const pushId = pushIdOf({ instance, repositoryId: repository.id, ref, after }, 0);
  return { ...facts, pushId, occurrence: 0 };
}

function fixtureAnnounced(name: FixtureName, told: Partial<PushEnriched> | null = null): AnnouncedPush {
  const fact = pushOf(name);
  if (fact === null) throw new Error(`${name} is no push`);
  return announced(fact, told);
}

/** With ids that do not change from run to run. */
const push = (change: Partial<PushReceived> = {}) =>
  pushWith({
    pushId: '22222222-2222-5222-8222-222222222222' as PushId,
    deliveryId: '33333333-3333-4333-8333-333333333333' as DeliveryId,
    receivedAt: '2026-02-03T04:05:06.000Z',
    ...change,
  });

const inRepository = (id: number, fullName: string, change: Partial<PushReceived> = {}) => {
  const url = `https://gitea.test/${fullName}`;
  const [owner = '', name = ''] = fullName.split('/');
  return announced(push({ repository: { id, owner, name, fullName, url }, ...change }));
};

describe('the message of a recorded delivery', () => {
  const noPush: readonly FixtureName[] = [
    'create-tag',
    'push-api-test-delivery',
    'push-web-ui-test-delivery',
  ];

  it.each(noPush)('%s: none, it is no push', (name) => {
    expect(pushOf(name)).toBeNull();
  });

  it.each(fixtureNames.filter((name) => !noPush.includes(name)))('%s', async (name) => {
    await expectGolden(name, contentOfAll([fixtureAnnounced(name)]));
  });
});

const bob = { id: 2, login: 'bob', fullName: '' };
const topic = { branch: 'topic', ref: 'refs/heads/topic' } as const;

const others: Record<string, readonly AnnouncedPush[]> = {
  'all-commits-told': [
    fixtureAnnounced('push-12-commits-capped-5', { totalCommits: 12, commits: commits(12) }),
  ],
  forced: [fixtureAnnounced('push-force-rewrite', { forced: true, totalCommits: 1 })],
  'forced-rewind': [fixtureAnnounced('push-force-rewind', { forced: true, totalCommits: 0 })],
  'at-least': [
    announced(push({ ...topic, kind: 'created', commits: commits(5), totalCommits: 10, totalIsFloor: true })),
  ],
  recovered: [announced(push({ source: 'recovery', pushedAt: '2026-02-03T01:02:03.000Z' }))],
  'recovered-collapsed': [
    announced(
      push({
        source: 'recovery',
        pusher: null,
        commits: commits(3),
        recovered: { from: 'comparison', collapsed: true, until: '2026-02-03T04:05:06Z' },
      }),
    ),
  ],
  'several-summed': [push(), push({ commits: commits(4) }), push({ commits: commits(2) })].map((each) =>
    announced(each),
  ),
  'several-different': [
    announced(push({ commits: commits(7), totalCommits: 7 })),
    announced(push({ ...topic, pusher: bob, kind: 'created' })),
    announced(push({ commits: [], kind: 'rewound' }), { forced: true }),
    announced(push({ branch: null, ref: 'refs/tags/v1.0.0', refKind: 'tag', kind: 'created', commits: [] })),
    announced(push({ ...topic, pusher: bob, kind: 'deleted', before: null, commits: [], after: sha('0') })),
  ],
  'several-repositories': [
    inRepository(1, 'acme/widgets'),
    inRepository(2, 'acme/gears', { commits: commits(2) }),
    inRepository(3, 'bob/gears', { pusher: bob }),
    inRepository(1, 'acme/widgets', { commits: commits(3) }),
  ],
  'hostile-html': [
    announced(
      push({
        branch: '"><script>alert(1)</script>',
        pusher: { id: 1, login: 'x', fullName: '<img src=x onerror=alert(1)>' },
        repository: { ...push().repository, fullName: 'acme/<b>&amp;' },
        commits: [commit({ message: `</a><a href="https://evil.test">'click'</a> &lt;` })],
      }),
    ),
  ],
  'hostile-control-characters': [
    announced(
      push({
        pusher: { id: 1, login: 'x', fullName: 'Ada\n[bank] Eve\u0000\u001b[31m' },
        commits: [commit({ message: '\u0007ring\u2028bell\tnow\u009b' })],
      }),
    ),
  ],
  'hostile-right-to-left': [
    announced(
      push({
        branch: '\u05e2\u05d1\u05e8\u05d9\u05ea',
        pusher: { id: 1, login: 'x', fullName: '\u202eadA \u0645\u0631\u062d\u0628\u0627' },
        commits: [commit({ message: '\u2066\u202egnp.exe\u2069 \u05e9\u05dc\u05d5\u05dd' })],
      }),
    ),
  ],
  'hostile-emoji': [
    announced(push({ branch: '🚀/🏴󠁧󠁢󠁥󠁮󠁧󠁿', commits: [commit({ message: '👨‍👩‍👧‍👦'.repeat(100) })] })),
  ],
  'hostile-two-megabytes': [
    announced(push({ commits: [commit({ message: `first ${'x'.repeat(2_000_000)}\nsecond` })] })),
  ],
  'hostile-links': [
    announced(
      push({
        compareUrl: 'javascript:alert(1)',
        repository: { ...push().repository, url: 'data:text/html,<script>' },
        commits: [commit({ url: 'https://gitea.test@evil.test/' }), commit({ url: 'JaVaScRiPt:alert(1)' })],
      }),
    ),
  ],
  'hostile-long-names': [
    announced(
      push({
        branch: 'b'.repeat(1_000),
        pusher: { id: 1, login: 'x', fullName: 'Ada '.repeat(1_000) },
        repository: { ...push().repository, fullName: `acme/${'w'.repeat(1_000)}` },
        commits: [commit({ author: { name: 'Å'.repeat(1_000), email: '', username: '' } })],
      }),
    ),
  ],
};

describe('the message of', () => {
  it.each(Object.entries(others))('%s', async (name, pushes) => {
    await expectGolden(name, contentOfAll(pushes));
  });
});

it('leaves out visibly what does not fit', async () => {
  const pushes = Array.from({ length: 9 }, (_, index) =>
    inRepository(index, `acme/repository-${index}`, { commits: commits(3) }),
  );
  const content = contentOf({ messageId, version: 1, pushes, replaces: null }, 2_500);
  await expectGolden('cut-to-fit', content);
});

it('replaces a message by what it was and what is new', async () => {
  const before = announced(push());
  const news = announced(
    push({ pushId: '44444444-4444-5444-8444-444444444444' as PushId, commits: commits(2) }),
  );
  const named = new Set([before.push.pushId]);
  const content = contentOf({ messageId, version: 2, pushes: [before, news], replaces: '$event', named });
  await expect(`${JSON.stringify(content, null, 2)}\n`).toMatchFileSnapshot('golden/edit-content.txt');
});
