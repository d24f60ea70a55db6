import { describe, expect, it } from 'vitest';
import { bytes, duration } from '../../dashboard/src/format/duration.ts';
import { exactMoment, shortMoment } from '../../dashboard/src/format/moment.ts';
import { outsideText, safeHref } from '../../dashboard/src/format/outside.ts';
import { refName, splitMessage } from '../../dashboard/src/format/push-names.ts';
import { languageOf } from '../../dashboard/src/i18n/language.ts';
import { withStatus } from '../../dashboard/src/views/health/with-status.ts';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [12.4, '12 ms'],
    [999, '999 ms'],
    [999.7, '1 s'],
    [1_250, '1.25 s'],
    [59_940, '59.9 s'],
    [59_990, '1 min'],
    [185_000, '3 min 5 s'],
    [3_599_900, '1 h'],
    [187_200_000, '2 d 4 h'],
  ])('of %s ms is %s', (ms, text) => {
    expect(duration(ms, 'en')).toBe(text);
  });

  it('is written as the language writes numbers', () => {
    expect([duration(1_250, 'es'), bytes(8_000, 'es'), bytes(12, 'en')]).toEqual([
      '1,25 s',
      '7,8 KiB',
      '12 B',
    ]);
  });
});

describe('a moment', () => {
  const at = new Date('2026-02-03T23:30:15.250Z');
  it.each([
    ['2026-02-03T23:59:00Z', 'UTC', '23:30:15'],
    ['2026-02-04T00:10:00Z', 'UTC', '3 Feb, 23:30'],
    ['2026-02-04T00:10:00Z', 'Europe/Madrid', '00:30:15'],
    ['2027-01-01T00:00:00Z', 'UTC', '3 Feb 2026, 23:30'],
  ])('seen at %s in %s is %s', (now, zone, text) => {
    expect(shortMoment(at, new Date(now), 'en-GB', zone)).toBe(text);
  });

  it('is told to the millisecond, with its zone', () => {
    const text = exactMoment(at, 'en-GB', 'Europe/Madrid');
    expect(text).toContain('00:30:15.250');
    expect(text).toContain('(2026-02-03T23:30:15.250Z)');
  });
});

describe('text from outside', () => {
  it('loses what reorders or hides the text beside it, and keeps its lines', () => {
    expect(outsideText('a\u202eb\u0000c\u2066d\u200fe\n\tf\u0085')).toBe('abcde\n\tf');
    expect(outsideText('\ud800 שלום')).toBe('\ufffd שלום');
  });

  it.each([
    ['https://gitea.test/a', 'https://gitea.test/a'],
    ['javascript:alert(1)', null],
    [' javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['https://gitea.test@evil.test/', null],
    ['//evil.test', null],
    ['', null],
    [null, null],
  ])('%j leads to %j', (href, safe) => {
    expect(safeHref(href)).toBe(safe);
  });
});

it.each([
  [{ ref: 'refs/heads/a/b', refKind: 'branch' }, 'a/b'],
  [{ ref: 'refs/tags/v1', refKind: 'tag' }, 'v1'],
  [{ ref: 'refs/notes/x', refKind: 'other' }, 'refs/notes/x'],
])('the name of %j is %s', (push, name) => {
  expect(refName(push)).toBe(name);
});

it('a commit message has a title and a body', () => {
  expect(splitMessage('\ntitle\r\n\r\nbody\nmore\n')).toEqual({ title: 'title', body: 'body\nmore' });
  expect(splitMessage('  ')).toEqual({ title: '', body: '' });
});

describe('the language', () => {
  it.each([
    [null, ['es-MX', 'en'], 'es'],
    [null, ['fr', 'ES'], 'es'],
    [null, ['fr'], 'en'],
    ['en', ['es'], 'en'],
    ['constructor', ['es'], 'es'],
  ])('chosen %j, preferred %j, is %s', (chosen, preferred, language) => {
    expect(languageOf(chosen, preferred)).toBe(language);
  });
});

it('a status brings positions forward, and never back', () => {
  const projection = { rebuildable: true, version: 1, error: null, parkedEvents: [] };
  const list = {
    head: '9',
    projections: [{ ...projection, name: 'a', position: '9007199254740993', lag: 5, parked: 0 }],
    rebuild: null,
  };
  const status = (position: string) => ({
    head: '10',
    projections: [{ name: 'a', position, lag: 0, parked: 1 }],
    notifications: { planned: 0, parked: 0 },
    rebuild: null,
  });
  expect(withStatus(list, status('9007199254740994')).projections[0]).toMatchObject({ lag: 0, parked: 1 });
  expect(withStatus(list, status('9007199254740992')).projections[0]).toMatchObject({ lag: 5, parked: 0 });
  expect(withStatus(list, status('1')).head).toBe('10');
});
