import { describe, expect, it } from 'vitest';
import { parseLimit, parseTime } from '../../src/cli/pushes-arguments.ts';
import { oneLine } from '../../src/cli/pushes-text.ts';

const now = new Date('2026-02-03T04:05:06.789Z');

describe('a time that is given to a command', () => {
  it.each([
    ['2026-02-03', '2026-02-03T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-02-03T04:05', '2026-02-03T04:05:00.000Z'],
    ['2026-02-03 04:05:06', '2026-02-03T04:05:06.000Z'],
    ['2026-02-03T04:05:06.789Z', '2026-02-03T04:05:06.789Z'],
    ['2026-02-03T04:05:06+05:30', '2026-02-02T22:35:06.000Z'],
    ['2h', '2026-02-03T02:05:06.789Z'],
    ['7d', '2026-01-27T04:05:06.789Z'],
    [' 90s ', '2026-02-03T04:03:36.789Z'],
  ])('may be %s', (text, time) => {
    expect(parseTime(text, now).toISOString()).toBe(time);
  });

  it.each([
    '',
    'yesterday',
    '2026',
    '2026-02-30',
    '2026-13-01',
    '2026-02-03T25:00',
    '2h30m',
    '-2h',
    '999999999999999d',
    '03.02.2026',
  ])('may not be %j, and what may be is said', (text) => {
    expect(() => parseTime(text, now)).toThrow(/2026-02-03T04:05:06Z.*7d/);
  });
});

describe('a limit', () => {
  it.each(['0', '-1', '1.5', 'ten', '', '10001'])('may not be %j', (text) => {
    expect(() => parseLimit(text)).toThrow('whole number');
  });

  it('may be any number in between', () => {
    expect([parseLimit('1'), parseLimit('10000')]).toEqual([1, 10_000]);
  });
});

describe('text of others on a terminal', () => {
  it('is one line without anything that moves the cursor or turns the text around', () => {
    expect(oneLine('Fix\x1b[2J it\u202e now\x07\nsecond line')).toBe('Fix [2J it  now');
  });

  it('is cut where it is too long, and not inside a character', () => {
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(oneLine('ab😀def', 4).isWellFormed()).toBe(true);
  });
});
