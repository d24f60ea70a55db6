import { describe, expect, it } from 'vitest';
import type { PushReceived } from '../../src/events/push-received.ts';
import { createRouter, type RouteRule } from '../../src/notifier/routes.ts';
import { push } from './support/facts.ts';

const news = '#fn-registry-news:example.org';
const releases = '#fn-registry-releases:example.org';
const any: RouteRule = { repository: [], branch: [], tag: [], kind: [], rooms: [], mute: false };
const to = (room: string, rule: Partial<RouteRule> = {}): RouteRule => ({ ...any, rooms: [room], ...rule });
const muted = (rule: Partial<RouteRule>): RouteRule => ({ ...any, mute: true, ...rule });

const branch = (name: string, change: Partial<PushReceived> = {}) =>
  push({ branch: name, ref: `refs/heads/${name}`, ...change });
const tag = (name: string, change: Partial<PushReceived> = {}) =>
  push({ branch: null, refKind: 'tag', ref: `refs/tags/${name}`, kind: 'created', ...change });
const notes = push({ branch: null, refKind: 'other', ref: 'refs/notes/commits' });
const inRepository = (fullName: string) => push({ repository: { ...push().repository, fullName } });

/** Whether a route of this condition takes the push. */
const takes = (rule: Partial<RouteRule>, fact: PushReceived) =>
  createRouter([to(news, rule)], null)(fact).length === 1;

describe('without routes', () => {
  it('every push goes to the one room', () => {
    const route = createRouter([], news);
    for (const fact of [branch('main'), tag('v1'), notes]) expect(route(fact)).toEqual([news]);
  });
});

describe('routes', () => {
  it('send branches to one room and tags to another', () => {
    const route = createRouter([to(news, { branch: ['**'] }), to(releases, { tag: ['v*'] })], null);
    expect(route(branch('feature/a'))).toEqual([news]);
    expect(route(tag('v1.0.0'))).toEqual([releases]);
    expect(route(tag('nightly'))).toEqual([]);
    expect(route(notes)).toEqual([]);
  });

  it('that match all count, and no room is named twice', () => {
    const route = createRouter([to(news), { ...any, rooms: [releases, news], branch: ['main'] }], null);
    expect(route(branch('main'))).toEqual([news, releases]);
    expect(route(branch('topic'))).toEqual([news]);
  });

  it('leave to the one room what none of them matches', () => {
    const route = createRouter([to(releases, { tag: ['**'] })], news);
    expect(route(tag('v1'))).toEqual([releases]);
    expect(route(branch('main'))).toEqual([news]);
  });

  it('end at a mute: what stands above it counts, what stands below it does not', () => {
    const rules = [
      to(releases, { tag: ['v*'] }),
      muted({ tag: ['*-rc*'] }),
      muted({ branch: ['renovate/**'] }),
      to(news),
    ];
    const route = createRouter(rules, '#default:example.org');
    expect(route(branch('renovate/a/b'))).toEqual([]);
    expect(route(tag('x-rc1'))).toEqual([]);
    expect(route(tag('v1-rc1'))).toEqual([releases]);
    expect(route(branch('main'))).toEqual([news]);
  });
});

describe('a condition', () => {
  it('on repositories knows no case, as Gitea does not', () => {
    expect(takes({ repository: ['ACME/*'] }, inRepository('acme/Widgets'))).toBe(true);
    expect(takes({ repository: ['acme/fn-*'] }, inRepository('Acme/FN-registry'))).toBe(true);
    expect(takes({ repository: ['acme/fn-*'] }, inRepository('acme/widgets'))).toBe(false);
    expect(takes({ repository: ['*/widgets'] }, inRepository('bob/widgets'))).toBe(true);
    expect(takes({ repository: ['**'] }, inRepository('acme/.hidden'))).toBe(true);
  });

  it.each([
    ['main', 'main', true],
    ['main', 'Main', false],
    ['*', 'main', true],
    ['*', 'feature/a', false],
    ['**', 'feature/a', true],
    ['feature/*', 'feature/a', true],
    ['feature/*', 'feature/a/b', false],
    ['feature/**', 'feature/a/b', true],
    ['**/hotfix', 'a/b/hotfix', true],
    ['release-[0-9]', 'release-1', true],
    ['{main,dev}', 'dev', true],
    ['v?', 'v1', true],
    ['#12', '#12', true],
    ['*', '.hidden', true],
  ])('on branches: %s and %s, %s', (pattern, name, expected) => {
    expect(takes({ branch: [pattern] }, branch(name))).toBe(expected);
  });

  it('on both branches and tags takes either, and one of them takes nothing else', () => {
    expect(takes({ branch: ['main'], tag: ['v*'] }, branch('main'))).toBe(true);
    expect(takes({ branch: ['main'], tag: ['v*'] }, tag('v1'))).toBe(true);
    expect(takes({ branch: ['**'] }, tag('main'))).toBe(false);
    expect(takes({ tag: ['**'] }, branch('v1'))).toBe(false);
    expect(takes({ branch: ['**'], tag: ['**'] }, notes)).toBe(false);
    expect(takes({}, notes)).toBe(true);
  });

  it('on kinds takes what happened to the ref', () => {
    expect(takes({ kind: ['deleted'] }, tag('v1', { kind: 'deleted' }))).toBe(true);
    expect(takes({ kind: ['deleted', 'rewound'] }, branch('main'))).toBe(false);
  });

  it('is met only together with all others of its route', () => {
    const rule = { repository: ['acme/*'], branch: ['main'], kind: ['updated' as const] };
    expect(takes(rule, branch('main'))).toBe(true);
    expect(takes(rule, branch('topic'))).toBe(false);
    expect(takes(rule, branch('main', { kind: 'created' }))).toBe(false);
    expect(takes({ ...rule, repository: ['bob/*'] }, branch('main'))).toBe(false);
  });
});
