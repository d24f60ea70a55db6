import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/config/units.ts';

describe('sizes and durations', () => {
  it.each([
    ['0', 0],
    ['100', 100],
    ['100B', 100],
    ['512KiB', 524_288],
    ['8 MiB', 8_388_608],
    ['8MB', null],
    ['1.5MiB', null],
    ['-1', null],
    ['', null],
  ])('read %j as %j bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['24', null],
    ['1w', null],
    ['', null],
  ])('read %j as %j milliseconds', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom(1, 1000, 1024, 60_000, 1024 ** 2), (count, unit) => {
        const amount = count * unit;
        expect(parseBytes(formatBytes(amount))).toBe(amount);
        expect(parseDuration(formatDuration(amount))).toBe(amount);
      }),
    );
    expect(formatDuration(86_400_000)).toBe('24h');
    expect(formatBytes(8 * 1024 * 1024)).toBe('8MiB');
  });
});

describe('the nearest name', () => {
  it('is the one with the fewest changes, whatever the case and punctuation', () => {
    expect(nearest('prot', ['host', 'port', 'gitea.url'])).toBe('port');
    expect(nearest('GITEA_URL', ['port', 'gitea.url', 'gitea.token'])).toBe('gitea.url');
  });

  it('is none when nothing is close', () => {
    expect(nearest('entirely-different', ['host', 'port'])).toBeNull();
    expect(nearest('x', [])).toBeNull();
  });
});
