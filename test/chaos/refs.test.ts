import { expect, test } from 'vitest';
import type { LoggedRefs } from './log-fold.ts';
import { leftBehind } from './refs.ts';

const main = 'refs/heads/main';
const zeros = '0'.repeat(40);

const repository = (ends: readonly string[], isBaselined = true): Map<number, LoggedRefs> =>
  new Map([[7, { ends: new Map([[main, new Set(ends)]]), isBaselined }]]);
const at = (head: string) => [{ repositoryId: 7, ref: main, head }];

test('nothing is left behind where a push of the log led to each ref, and one took away what is gone', () => {
  expect(leftBehind(repository(['a', 'b']), at('a'))).toEqual([]);
  expect(leftBehind(repository(['a', zeros]), [])).toEqual([]);
});

test('a ref that no push led to, and one whose end nobody recorded, are found', () => {
  expect(leftBehind(repository(['a']), at('b'))).toEqual([
    'refs/heads/main of repository 7 is at b, where no push of the log led',
  ]);
  expect(leftBehind(repository(['a']), [{ repositoryId: 7, ref: 'refs/tags/v1', head: 'x' }])).toEqual([
    'refs/tags/v1 of repository 7 is at x, where no push of the log led',
    'refs/heads/main of repository 7 is gone, and no push of the log took it away',
  ]);
});

test('of a repository that recovery does not know, nothing is expected', () => {
  expect(leftBehind(repository(['a'], false), at('b'))).toEqual([]);
  expect(leftBehind(new Map(), at('b'))).toEqual([]);
});
