import { describe, expect, it } from 'vitest';
import { withAlpha } from '../../dashboard/src/charts/color.ts';
import { bucketLabel, dayLabel } from '../../dashboard/src/views/activity/day-label.ts';
import { rangeOf, startOfRange } from '../../dashboard/src/views/activity/range.ts';
import { shareOf } from '../../dashboard/src/views/activity/shade.ts';

describe('the range of the activity', () => {
  it.each([
    ['', 30],
    ['days=7', 7],
    ['days=365', 365],
    ['days=8', 30],
    ['days=-7', 30],
    ['days=x', 30],
  ])('of %j is %s days', (search, days) => {
    expect(rangeOf(search)).toBe(days);
  });

  it("begins with a day of the reader's, today being the last", () => {
    expect(startOfRange(new Date(2026, 1, 3, 15, 30), 7)).toEqual(new Date(2026, 0, 28));
  });
});

it('a day is named as it is, whatever the zone, and an hour in the zone', () => {
  expect(dayLabel('2026-02-03', 'en-GB')).toBe('3 Feb');
  expect(bucketLabel('2026-02-02T23:00:00Z', 'day', 'en-GB', 'Europe/Madrid')).toBe('3 Feb');
  expect(bucketLabel('2026-02-02T23:00:00Z', 'hour', 'en-GB', 'Europe/Madrid')).toBe('3 Feb, 00:00');
});

it('a cell is empty without pushes, seen with one, and never darker than dark', () => {
  expect([shareOf(0, 9), shareOf(3, 0), shareOf(50, 9)]).toEqual([0, 0, 1]);
  expect(shareOf(1, 10_000)).toBeGreaterThan(0.15);
  expect(shareOf(9, 9)).toBe(1);
  expect(shareOf(4, 9)).toBeGreaterThan(shareOf(3, 9));
});

it.each([
  ['rgb(42, 91, 208)', 'rgba(42, 91, 208, 0.500)'],
  ['rgba(1, 2, 3, 0.2)', 'rgba(1, 2, 3, 0.500)'],
  ['', 'rgba(0, 0, 0, 0.500)'],
])('%j is taken half of', (color, half) => {
  expect(withAlpha(color, 0.5)).toBe(half);
});
