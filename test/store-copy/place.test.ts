import { describe, expect, it } from 'vitest';
import { parsePlace } from '../../src/store-copy/place.ts';

const env = {
  LEDGER_URL: 'postgres://u:hush@db/ledger',
  BLANK: ' ',
  AGAIN: 'env:LEDGER_URL',
};
const parse = (text: string) => parsePlace(text, { env, cwd: '/home/ada', option: '--to' });

describe('a place of a log', () => {
  it.each([
    ['postgres://u:hush@db:5432/ledger', 'postgres', 'postgres://db:5432/ledger'],
    ['postgresql://db/ledger?password=hush', 'postgres', 'postgresql://db/ledger'],
    ['postgres://u:hu@sh/hush@db/ledger', 'postgres', 'postgres://db/ledger'],
    ['esdb://admin:hush@n1:2113,n2:2113?tls=true', 'kurrentdb', 'esdb://n1:2113,n2:2113'],
    ['esdb+discover://admin:hush@dns.name', 'kurrentdb', 'esdb+discover://dns.name'],
    ['esdb://admin:hu?sh@n1:2113', 'kurrentdb', 'esdb://'],
    ['env:LEDGER_URL', 'postgres', 'postgres://db/ledger'],
    ['file:backup/log.gz', 'file', 'file:/home/ada/backup/log.gz'],
    ['file:/srv/log.gz', 'file', 'file:/srv/log.gz'],
    ['file:///srv/log%20of.gz', 'file', 'file:/srv/log of.gz'],
    ['configured', 'configured', 'the configured event store'],
  ])('is read from %s, and its name shows no password', (text, kind, name) => {
    const place = parse(text);
    expect(place).toMatchObject({ kind, name });
    expect(place.name).not.toContain('hush');
  });

  it.each([
    ['mysql://u:hush@db/x', '--to'],
    ['/srv/hush.gz', '--to'],
    ['file:', '--to'],
    ['', '--to'],
    ['postgres://u:hush@:x:/', '--to'],
    ['env:NOWHERE', 'NOWHERE'],
    ['env:BLANK', 'BLANK'],
    ['env:AGAIN', 'AGAIN'],
  ])('is refused as %s, without showing it', (text, named) => {
    let error: unknown;
    try {
      parse(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(String(error)).toContain(named);
    expect(String(error)).not.toContain('hush');
  });
});
