import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/events/ids.ts';
import type { AnnouncedPush } from '../../src/notifier/announced-push.ts';
import {
  contentBytes,
  contentKey,
  contentOf,
  type MessageContent,
  type MessageToRender,
  maxContentBytes,
} from '../../src/notifier/content.ts';
import { announced } from './support/announced.ts';
import { commits, push } from './support/facts.ts';

const messageId = '11111111-1111-5111-8111-111111111111' as MessageId;
const message = (
  pushes: readonly AnnouncedPush[],
  change: Partial<MessageToRender> = {},
): MessageToRender => ({
  messageId,
  version: 1,
  pushes,
  replaces: null,
  ...change,
});
const shaOf = (number: number) => number.toString(16).padStart(40, '0');

/** Pushes that can be told apart by the first seven digits of their commits, each to a repository of its own. */
function manyPushes(count: number, commitsOfEach = 1): AnnouncedPush[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${index.toString(16).padStart(7, '0')}${'0'.repeat(33)}`;
    const url = `https://gitea.example.org/acme/repository-${index}`;
    const list = commits(commitsOfEach).map((each) => ({ ...each, id, url: `${url}/commit/${id}` }));
    return announced(
      push({
        after: id,
        commits: list,
        compareUrl: `${url}/compare/${shaOf(1)}...${id}`,
        repository: { id: index, owner: 'acme', name: 'r', fullName: `acme/repository-${index}`, url },
      }),
    );
  });
}

const unnamedIn = (text: string, pushes: readonly AnnouncedPush[]) =>
  pushes.filter(({ push: { after } }) => !text.includes(after.slice(0, 7)));

describe('the content of a new message', () => {
  it('is a notice in two forms that pings nobody and carries our own ids', () => {
    const fact = announced(push());
    expect(contentOf(message([fact]))).toEqual({
      msgtype: 'm.notice',
      body: expect.stringMatching(/^\[widgets\] Ada L pushed 1 commit to main\n/),
      format: 'org.matrix.custom.html',
      formatted_body: expect.stringContaining('<strong>Ada L</strong>'),
      'm.mentions': {},
      [contentKey]: { message_id: messageId, version: 1, push_count: 1, push_ids: [fact.push.pushId] },
    });
  });
});

describe('the content of an edit', () => {
  const [first, second] = [announced(push()), announced(push({ commits: commits(2) }))];
  const edit = message([first, second], { version: 2, replaces: '$first' });

  it('replaces the first event, and stands in for itself on clients that know no edits', () => {
    const { body, formatted_body } = contentOf(message([first, second]));
    expect(contentOf(edit)).toEqual({
      msgtype: 'm.notice',
      body: `* ${body}`,
      'm.mentions': {},
      'm.new_content': {
        msgtype: 'm.notice',
        body,
        format: 'org.matrix.custom.html',
        formatted_body,
        'm.mentions': {},
      },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$first' },
      [contentKey]: {
        message_id: messageId,
        version: 2,
        push_count: 2,
        push_ids: [first.push.pushId, second.push.pushId],
      },
    });
  });

  it('tells only the news where it stands in for itself, when it knows what was named before', () => {
    const content = contentOf({ ...edit, named: new Set([first.push.pushId]) });
    const lines = String(content.body).split('\n');
    expect(lines[0]).toBe('* [widgets] Ada L pushed 3 commits to main in 2 pushes');
    expect(lines.filter((line) => line.startsWith('- '))).toEqual([
      expect.stringContaining('Ada L pushed 2 commits to main'),
    ]);
    expect((content['m.new_content'] as MessageContent).body).toContain('pushed 1 commit to main');
  });
});

describe('a message that would be too large', () => {
  it('leaves commits out first, visibly', () => {
    const whole = message([announced(push({ commits: commits(5), totalCommits: 5 }))]);
    const limit = contentBytes(contentOf(whole)) - 1;
    const { body } = contentOf(whole, limit);
    expect(body).not.toContain('change 1 ');
    expect(body).toContain('change 2 ');
    expect(body).toContain('and 1 more');
  });

  it.each([
    ['a new message', null],
    ['an edit', '$first'],
  ])('names each of 100 pushes to 100 repositories still, with a link: %s', (_name, replaces) => {
    const pushes = manyPushes(100, 3);
    const content = contentOf(message(pushes, { replaces }));
    const shown = (content['m.new_content'] ?? content) as MessageContent;
    expect(unnamedIn(String(shown.body), pushes)).toEqual([]);
    expect(unnamedIn(String(shown.formatted_body), pushes)).toEqual([]);
    expect(String(shown.formatted_body).match(/<li><a href=/g)).toHaveLength(100);
    expect(shown.body).not.toContain('more push');
    expect(content[contentKey]).toMatchObject({ push_ids: pushes.map(({ push: { pushId } }) => pushId) });
  });

  it('counts the pushes that it cannot name, and still says of which it is made', () => {
    const pushes = manyPushes(1_000);
    const content = contentOf(message(pushes));
    const body = String(content.body);
    const [, more = 'none'] = /and (\d+) more pushes$/.exec(body) ?? [];
    expect(unnamedIn(body, pushes)).toHaveLength(Number(more));
    expect(Number(more)).toBeLessThan(850);
    expect(contentBytes(content)).toBeGreaterThan(maxContentBytes - 1_000);
    expect(content[contentKey]).toEqual({
      message_id: messageId,
      version: 1,
      push_count: 1_000,
      push_ids_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is no flood: many pushes list fewer commits each', () => {
    const commitsListed = (count: number) =>
      String(contentOf(message(manyPushes(count, 5))).body).match(/^ {2}- \w{7} change/gm)?.length;
    expect(commitsListed(2)).toBe(10);
    expect(commitsListed(20)).toBe(40);
    expect(commitsListed(30)).toBe(30);
  });
});
