import { describe, expect, it } from 'vitest';
import { type IgnoreRules, ignoreNothing, whyIgnored } from '../../src/events/ignore-rules.ts';
import type { Commit } from '../../src/events/push-received.ts';
import { factsOfBranchDelete, factsOfPush } from '../../src/ingest/push-facts.ts';
import { commit, push } from '../notifier/support/facts.ts';
import { fixture } from '../support/delivery.ts';
import { deliveryContext } from '../support/delivery-context.ts';

const why = (rules: Partial<IgnoreRules>, change: Parameters<typeof push>[0] = {}) =>
  whyIgnored(push(change), { ...ignoreNothing, ...rules });
const by = (name: string, email = '', username = ''): Commit => commit({ author: { name, email, username } });
const saying = (message: string): Commit => commit({ message });

describe('a pusher', () => {
  it('is ignored by login, in any case, with * for anything', () => {
    const pusher = { id: 5, login: 'Deploy-Bot-7', fullName: 'x' };
    expect(why({ pushers: ['deploy-bot-*'] }, { pusher })).toBe('pusher Deploy-Bot-7');
    expect(why({ pushers: ['deploy'] }, { pusher })).toBeNull();
    expect(why({ pushers: ['*'.repeat(3)] }, { pusher: null })).toBeNull();
  });

  it('is the Actions bot by its id, whatever it is called', () => {
    const pusher = { id: -2, login: 'forgejo-actions', fullName: '' };
    expect(why({ pushers: ['gitea-actions'] }, { pusher })).toBe('pusher forgejo-actions');
    expect(why({ pushers: ['other'] }, { pusher })).toBeNull();
  });

  it('is our own account, as soon as that is known', () => {
    let login: string | null = null;
    const rules = { ownAccount: () => login };
    expect(why(rules)).toBeNull();
    login = 'ADA';
    expect(why(rules)).toBe('pusher ada, the account of GITEA_TOKEN (ignore.ownAccount)');
  });
});

describe('authors', () => {
  const rules = { authors: ['*[bot]', '*@ci.example.org', 'robo'] };

  it.each([
    ['name', by('renovate[bot]'), 'author renovate[bot]'],
    ['e-mail address', by('', 'x@CI.example.org'), 'author x@CI.example.org'],
    ['user name', by('Some Body', 'a@b', 'Robo'), 'author Some Body'],
  ])('are ignored by %s', (_by, one, reason) => {
    expect(why(rules, { commits: [one] })).toBe(reason);
  });

  it('are not ignored when one of the commits is by somebody else', () => {
    expect(why(rules, { commits: [by('a[bot]'), by('b[bot]')] })).toBe('author a[bot]');
    expect(why(rules, { commits: [by('a[bot]'), by('Ada L')] })).toBeNull();
  });

  it('are not ignored where not every commit is known, or there is none', () => {
    expect(why(rules, { commits: [by('a[bot]')], totalCommits: 2 })).toBeNull();
    expect(why(rules, { commits: [by('a[bot]')], totalIsFloor: true })).toBeNull();
    expect(why(rules, { commits: [], head: by('a[bot]') })).toBeNull();
  });

  it('without a name are nobody', () => {
    expect(why({ authors: ['*'] }, { commits: [by('')] })).toBeNull();
  });
});

describe('messages', () => {
  const rules = { messages: ['[skip notify]', 'merge*into main'] };

  it.each([
    ['docs only [Skip Notify]', 'message with [skip notify]'],
    ['docs\n\n[skip notify]\n', 'message with [skip notify]'],
    ["Merge branch 'x' into main", 'message with merge*into main'],
    ['skip notify', null],
    ['into main merge', null],
  ])('%j: %s', (message, reason) => {
    expect(why(rules, { commits: [saying(message)] })).toBe(reason);
  });

  it('count where the newest commit has them', () => {
    expect(why(rules, { commits: [saying('[skip notify]'), saying('news')] })).toBeNull();
    expect(why(rules, { commits: [saying('news'), saying('[skip notify]')] })).not.toBeNull();
  });

  it('do not silence a tag that was put on such a commit', () => {
    expect(why(rules, { refKind: 'tag', commits: [], head: saying('[skip notify]') })).toBeNull();
  });

  it('may be as long as a message can be', () => {
    const message = 'merge into mai '.repeat(550);
    expect(why({ messages: ['merge*into*merge*into*mai n'] }, { commits: [saying(message)] })).toBeNull();
  });
});

describe('a delivery', () => {
  const ignore = { ...ignoreNothing, authors: ['Ada L'], pushers: ['ghost'] };

  it('that is ignored is a whole push all the same, with the reason', () => {
    const body = fixture('push-force-rewrite');
    const facts = factsOfPush(body, { ...deliveryContext, ignore });
    expect(facts).toEqual({
      ...factsOfPush(body, { ...deliveryContext, ignore: ignoreNothing }),
      ignored: 'author Ada L',
    });
  });

  it('of a branch that was deleted is ignored by its pusher alone', () => {
    const body = { ...fixture('delete-branch'), sender: { id: 9, login: 'ghost' } };
    expect(factsOfBranchDelete(body, { ...deliveryContext, ignore }).ignored).toBe('pusher ghost');
    const other = fixture('delete-branch');
    expect(factsOfBranchDelete(other, { ...deliveryContext, ignore }).ignored).toBeNull();
  });
});
