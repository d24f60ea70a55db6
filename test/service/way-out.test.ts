import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { wayOut } from '../../src/service/way-out.ts';
import { push } from '../notifier/support/facts.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pushledger-way-out-'));
});

afterEach(() => rmSync(cwd, { recursive: true }));

function ways(yaml: string) {
  writeFileSync(join(cwd, 'pushledger.yaml'), yaml);
  const { senders, route } = wayOut(loadConfig({ env: {}, cwd }), new PassThrough());
  const roomsOf = (branch: string) => {
    const rooms = route(push({ branch, ref: `refs/heads/${branch}` }));
    for (const room of rooms) expect(senders.some((sender) => sender.serves(room))).toBe(true);
    return rooms;
  };
  return { main: roomsOf('main'), topic: roomsOf('topic') };
}

const account = 'homeserverUrl: https://matrix.test, accessToken: token';
const routes = 'routes: [{ branch: main, rooms: ["!main", "#news:test"] }]';

describe('a push goes', () => {
  it('to the console where nothing is configured, unless it is muted', () => {
    expect(ways('')).toEqual({ main: ['console'], topic: ['console'] });
    expect(ways('routes: [{ branch: main, mute: true }]')).toEqual({ main: [], topic: ['console'] });
  });

  it('to the one room where there are no routes', () => {
    expect(ways(`matrix: { ${account}, room: "!all" }`)).toEqual({ main: ['!all'], topic: ['!all'] });
  });

  it('to the rooms of its routes, and otherwise to the one room, where that is set', () => {
    const main = ['!main', '#news:test'];
    expect(ways(`${routes}\nmatrix: { ${account}, room: "!all" }`)).toEqual({ main, topic: ['!all'] });
    expect(ways(`${routes}\nmatrix: { ${account} }`)).toEqual({ main, topic: [] });
  });
});
