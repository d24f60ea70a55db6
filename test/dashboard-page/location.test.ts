import { describe, expect, it } from 'vitest';
import { addressOf, placeOf } from '../../dashboard/src/location/address.ts';
import { apiParameters, isFiltered, readFilters } from '../../dashboard/src/location/push-filters.ts';

describe('a place of the page', () => {
  it.each([
    ['', { path: '/', search: '' }],
    ['#/pushes', { path: '/pushes', search: '' }],
    ['#/pushes?q=a%26b&repo=x', { path: '/pushes', search: 'q=a%26b&repo=x' }],
    ['#pushes?', { path: '/pushes', search: '' }],
    ['#/pushes?q=why?', { path: '/pushes', search: 'q=why?' }],
  ])('is read from %j', (hash, place) => {
    expect(placeOf(hash)).toEqual(place);
  });

  it('is written without what has no value, and read again the same', () => {
    expect(addressOf('/pushes', { q: undefined, repo: '' })).toBe('/pushes');
    const filters = { q: '"a & b" #1', repo: 'acme/wíd gets', branch: 'x?y=z' };
    const { path, search } = placeOf(`#${addressOf('/pushes', filters)}`);
    expect([path, readFilters(search)]).toEqual(['/pushes', filters]);
  });
});

describe('filters', () => {
  it('leave out what is none, and what cannot be', () => {
    expect(readFilters('q=+&since=yesterday&until=2026-13-01&status=odd&cursor=x&pusher= bob ')).toEqual({
      pusher: 'bob',
    });
    expect(readFilters('since=2026-02-03&status=ignored')).toEqual({
      since: '2026-02-03',
      status: 'ignored',
    });
  });

  it('mean whole days of the reader, the last one too', () => {
    const { since, until } = apiParameters({ since: '2026-02-03', until: '2026-02-03' });
    expect(since).toBe(new Date(2026, 1, 3).toISOString());
    expect(until).toBe(new Date(2026, 1, 4).toISOString());
  });

  it('go to the API without those that are not set', () => {
    expect(apiParameters({ q: 'x' })).toEqual({ q: 'x' });
    expect([isFiltered({}), isFiltered({ q: 'x' })]).toEqual([false, true]);
  });
});
