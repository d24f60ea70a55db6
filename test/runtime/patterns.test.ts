import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globProblem, matchesGlobs } from '../../src/runtime/glob.ts';
import { matchesWildcard } from '../../src/runtime/wildcard.ts';

describe('a glob', () => {
  it.each([
    ['', '1 to 255 characters'],
    ['a'.repeat(256), '1 to 255 characters'],
    ['!main', 'a pattern without "!"'],
    ['release**', '** only between slashes'],
    ['a/**b/c', '** only between slashes'],
    ['*a*b*c*d', 'at most 3 *'],
  ])('%s is refused: %s', (pattern, expected) => {
    expect(globProblem(pattern)).toContain(expected);
  });

  it.each(['main', '**', 'release/**', '**/fix', 'v[0-9]*', '{a,b}/*', '*a*b*', '#1', '[', '{a'])(
    '%s is taken',
    (pattern) => expect(globProblem(pattern)).toBeNull(),
  );

  it('that is taken matches itself when nothing in it is special, and never throws', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', 'B', '-', '_', '#', '@', '.x'), minLength: 1 });
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), (parts) => {
        const name = parts.join('/');
        expect(globProblem(name)).toBeNull();
        expect(matchesGlobs([name], { ignoreCase: false })(name)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a*?[]{},!/\\()+@') }),
        fc.string(),
        (pattern, text) => {
          if (globProblem(pattern) === null) matchesGlobs([pattern], { ignoreCase: true })(text);
        },
      ),
    );
  });
});

describe('a wildcard', () => {
  it.each([
    ['ann', 'Ann', true],
    ['ann', 'anna', false],
    ['ann*', 'anna', true],
    ['*[bot]', 'renovate[bot]', true],
    ['*@example.org', 'ada@EXAMPLE.org', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*b*', 'abc', true],
    ['*', '', true],
    ['a**b', 'ab', true],
    ['ab*ba', 'aba', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  it('agrees with a regular expression of the same meaning', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    fc.assert(
      fc.property(few, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`).test(text);
        expect(matchesWildcard(pattern, text)).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });
});
