import { describe, expect, it } from 'vitest';
import { expectationOf } from '../../../src/gitea/recovery/expectation.ts';
import { matchesGlob } from '../../../src/gitea/recovery/glob.ts';

const sha = 'a'.repeat(40);
const zeros = '0'.repeat(40);
const main = { ref: 'refs/heads/main', after: sha };
const hook = (change: { events?: string[]; branchFilter?: string; removedAt?: Date | null } = {}) => ({
  events: ['push', 'delete'],
  branchFilter: '',
  removedAt: null,
  ...change,
});
const at = new Date('2026-02-03T04:05:06Z');

describe('what should arrive', () => {
  it('is everything where no hook is known', () => {
    expect(expectationOf([], at)?.(main)).toBe(true);
  });

  it('is what any of the hooks sends', () => {
    const expects = expectationOf([hook({ branchFilter: 'main' }), hook({ branchFilter: 'release/*' })], at);
    expect(expects?.(main)).toBe(true);
    expect(expects?.({ ref: 'refs/heads/release/1', after: sha })).toBe(true);
    expect(expects?.({ ref: 'refs/heads/topic', after: sha })).toBe(false);
    expect(expects?.({ ref: 'refs/tags/v1', after: sha })).toBe(false);
  });

  it('is no deleted branch where the hook does not send deletes', () => {
    const expects = expectationOf([hook({ events: ['push'] })], at);
    expect(expects?.({ ref: 'refs/heads/main', after: zeros })).toBe(false);
    expect(expects?.({ ref: 'refs/tags/v1', after: zeros })).toBe(true);
  });

  it('is nothing once the last hook was removed, unless something came since', () => {
    const removed = [hook({ removedAt: at })];
    expect(expectationOf(removed, at)).toBeNull();
    expect(expectationOf(removed, new Date(at.getTime() + 3_600_000))?.(main)).toBe(true);
  });
});

describe('a branch filter', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['{main,release/*}', 'release/1.0', true],
    ['{main,release/*}', 'topic', false],
    ['*', 'a/b', true],
    ['feature/**', 'feature/a/b', true],
    ['v?', 'v1', true],
    ['v?', 'v10', false],
    ['v[0-9]', 'v7', true],
    ['v[!0-9]', 'v7', false],
    ['a.b', 'axb', false],
    ['a\\*b', 'a*b', true],
    ['(a|b)', 'a', false],
    ['{a,{b,c}d}', 'cd', true],
  ])('%s, for %s: %s', (pattern, text, fits) => {
    expect(matchesGlob(pattern, text)).toBe(fits);
  });

  it.each(['{a', 'a}', '[a', '[z-a]'])('%s is none', (pattern) => {
    expect(matchesGlob(pattern, 'a')).toBeNull();
  });

  it('does not take long for a name that was made for it', () => {
    expect(matchesGlob(`${'*a'.repeat(20)}b`, 'a'.repeat(1_000))).toBe(false);
  });
});
