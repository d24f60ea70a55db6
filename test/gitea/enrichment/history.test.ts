import { expect, test } from 'vitest';
import { readHistory } from '../../../src/gitea/enrichment/history.ts';

/** Written as `child: parents`. */
const history = (text: Record<string, string>) =>
  new Map(Object.entries(text).map(([id, parents]) => [id, parents === '' ? [] : parents.split(' ')]));

test('commits that a merge brought are added, those that were there are not', () => {
  const merged = history({ m: 'b s2', s2: 's1', s1: 'a', b: 'a', a: '' });
  expect(readHistory(merged, { before: 'b', after: 'm' })).toEqual({
    forced: false,
    added: new Set(['m', 's2', 's1']),
  });
});

test('a part of a merge whose start is not known yet needs more of the history', () => {
  const partly = history({ m: 'b s2', s2: 's1', b: 'a', a: '' });
  expect(readHistory(partly, { before: 'b', after: 'm' })).toBeNull();
});

test('a history that ends without the old commit was forced', () => {
  expect(readHistory(history({ c: 'a', a: '' }), { before: 'b', after: 'c' })).toEqual({ forced: true });
});

test('a history that has not ended may still show the old commit', () => {
  expect(readHistory(history({ c: 'a' }), { before: 'b', after: 'c' })).toBeNull();
});

test('parents in a circle, which git does not make, do not keep us for ever', () => {
  expect(readHistory(history({ c: 'd', d: 'c' }), { before: 'b', after: 'c' })).toEqual({ forced: true });
});
