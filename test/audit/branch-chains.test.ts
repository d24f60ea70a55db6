import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBranchChains, type Link } from '../../src/audit/branch-chains.ts';

const zeros = '0'.repeat(40);

function link(before: string | null, after: string, change: Partial<Link> = {}): Link {
  const where = {
    instance: 'gitea.test',
    repositoryId: 7,
    repository: 'acme/widgets',
    ref: 'refs/heads/main',
  };
  return { ...where, before, after, stream: `${before}-${after}`, ...change };
}

function gapsOf(links: readonly Link[]): string[] {
  const chains = createBranchChains();
  for (const each of links) chains.add(each);
  return chains.gaps().map(({ stream }) => stream);
}

describe('the chain of a branch', () => {
  it('is unbroken where each push starts where another one ended', () => {
    expect(gapsOf([link(zeros, 'a'), link('a', 'b'), link('b', 'c')])).toEqual([]);
  });

  it('has a gap where a push starts at a commit that none led to', () => {
    expect(gapsOf([link(zeros, 'a'), link('a', 'b'), link('x', 'c')])).toEqual(['x-c']);
  });

  it('may start anywhere where we saw the branch first', () => {
    expect(gapsOf([link('x', 'a'), link('a', 'b')])).toEqual([]);
    expect(gapsOf([link('x', 'a'), link('y', 'b')])).toEqual(['y-b']);
  });

  it('may not start anywhere once it was created', () => {
    expect(gapsOf([link(zeros, 'a'), link('x', 'b')])).toEqual(['x-b']);
  });

  it('goes on after the branch was deleted and created again', () => {
    const links = [link(zeros, 'a'), link('a', 'b'), link(null, zeros), link(zeros, 'c'), link('c', 'd')];
    expect(gapsOf(links)).toEqual([]);
  });

  it('may come back to a commit, as often as it left it', () => {
    const there = [link(zeros, 'a'), link('a', 'b'), link('b', 'a', { stream: 'back' }), link('a', 'b')];
    expect(gapsOf(there)).toEqual([]);
    expect(gapsOf([...there, link('a', 'c')])).toEqual(['a-c']);
  });

  it('is one of its own for each server, repository and ref', () => {
    const links = [
      link(zeros, 'a'),
      link('a', 'b', { repositoryId: 8 }),
      link('a', 'b', { ref: 'refs/heads/x' }),
    ];
    // Each of the others was seen first there.
    expect(gapsOf(links)).toEqual([]);
    const chains = createBranchChains();
    for (const each of links) chains.add(each);
    expect(chains.branches).toBe(3);
  });

  it('does not depend on the order of arrival', () => {
    const length = 12;
    const links = Array.from({ length }, (_, index) =>
      link(index === 0 ? zeros : `c${index - 1}`, `c${index}`),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(links, { minLength: length }), (shuffled) => {
        expect(gapsOf(shuffled)).toEqual([]);
      }),
    );
  });

  it('shows any push that is missing in the middle', () => {
    const length = 12;
    const links = Array.from({ length }, (_, index) =>
      link(index === 0 ? zeros : `c${index - 1}`, `c${index}`),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length - 2 }), (missing) => {
        const gaps = gapsOf(links.toSpliced(missing, 1));
        // Without its creation, the branch is one that was there before us.
        expect(gaps).toEqual(missing === 0 ? [] : [`c${missing}-c${missing + 1}`]);
      }),
    );
  });
});
