import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, loadConfig } from '../../src/config/load.ts';
import { printableConfig } from '../../src/config/printable.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pushledger-config-'));
});

afterEach(() => rmSync(cwd, { recursive: true }));

const account = { MATRIX_HOMESERVER_URL: 'https://matrix.test', MATRIX_ACCESS_TOKEN: 'token' };

function load(routes: string, env: LoadOptions['env'] = account) {
  writeFileSync(join(cwd, 'pushledger.yaml'), routes);
  return loadConfig({ env, cwd });
}

function problemsOf(routes: string, env: LoadOptions['env'] = account): string[] {
  try {
    load(routes, env);
  } catch (error) {
    const lines = String(error).split('\n').slice(1);
    return lines.map((line) => line.trim().replace(` (${join(cwd, 'pushledger.yaml')})`, ''));
  }
  return [];
}

describe('routes', () => {
  it('may be written short, a text for a list of one', () => {
    const yaml = `
routes:
  - { repository: acme/*, branch: [main, release/**], rooms: "#news:test" }
  - { tag: "**", kind: [created, deleted], rooms: ["!id", "#releases:test"] }
  - { mute: true, rooms: }
`;
    const any = { repository: [], branch: [], tag: [], kind: [], rooms: [], mute: false };
    expect(load(yaml).routes).toEqual([
      { ...any, repository: ['acme/*'], branch: ['main', 'release/**'], rooms: ['#news:test'] },
      { ...any, tag: ['**'], kind: ['created', 'deleted'], rooms: ['!id', '#releases:test'] },
      { ...any, mute: true },
    ]);
  });

  it('are refused all at once, each by its place and what was expected', () => {
    const yaml = `
port: x
routes:
  - { rooms: [news, "#a:b"], branch: release** }
  - { rooms: "#news", kind: [created, forced], tag: [] }
  - { repository: widgets, mute: maybe }
  - { brnach: main, rooms: "!id", "silent": yes }
  - { branch: main }
  - { mute: true, rooms: "!id" }
  - text
  -
  - { repository: { a: b }, rooms: "!id" }
`;
    const room = 'a room id (!…) or an alias (#name:server)';
    expect(problemsOf(yaml)).toEqual([
      'port: found "x"; expected a whole number from 0 (any free port) to 65535',
      'routes[0].branch: found "release**"; expected a pattern such as main or release/**: ** only between slashes, as in release/** or **/fix',
      `routes[0].rooms[0]: found "news"; expected ${room}`,
      'routes[1].tag: found a list; expected at least one, or no such key',
      'routes[1].kind[1]: found "forced"; expected created, updated, rewound, deleted',
      `routes[1].rooms: found "#news"; expected ${room}`,
      'routes[2].repository: found "widgets"; expected owner/name, as in acme/widgets or acme/*',
      'routes[2].mute: found "maybe"; expected true or false',
      'routes[3].brnach: found an unknown key; expected branch',
      'routes[3].silent: found an unknown key; expected one of repository, branch, tag, kind, rooms, mute',
      'routes[4]: found branch; expected either rooms or mute: true',
      'routes[5]: found mute and rooms; expected either rooms or mute: true',
      'routes[6]: found "text"; expected a group with keys of repository, branch, tag, kind, rooms, mute',
      'routes[7]: found nothing; expected a group with keys of repository, branch, tag, kind, rooms, mute',
      'routes[8].repository: found a group of keys; expected a text or a list of texts',
    ]);
  });

  it('are no text and no group', () => {
    const expected = 'expected a list of routes, each with rooms, or with mute: true';
    expect(problemsOf('routes: all', {})).toEqual([`routes: found a text; ${expected}`]);
    expect(problemsOf('routes: { a: b }', {})).toEqual([`routes: found a group of keys; ${expected}`]);
  });

  it('take the place of the one room', () => {
    const routed = 'routes: [{ rooms: "#news:test" }]';
    expect(load(routed).matrix?.room).toBeNull();
    expect(load(routed, { ...account, MATRIX_ROOM: '!id' }).matrix?.room).toBe('!id');
    expect(problemsOf('routes: [{ mute: true }]')).toEqual([
      expect.stringMatching(/^MATRIX_ROOM: found nothing; .*MATRIX_ACCESS_TOKEN are set$/),
    ]);
  });

  it('that name rooms need a Matrix account; those that only mute do not', () => {
    expect(problemsOf('routes: [{ rooms: "#news:test" }]', {})).toEqual([
      expect.stringMatching(/^MATRIX_HOMESERVER_URL: found nothing; .*, because routes name rooms$/),
      expect.stringMatching(/^MATRIX_ACCESS_TOKEN: found nothing; .*, because routes name rooms$/),
    ]);
    expect(load('routes: [{ branch: x, mute: true }]', {}).matrix).toBeNull();
  });

  it('are printed one a line', () => {
    const yaml = 'routes: [{ repository: a/*, tag: [v*, w*], rooms: ["!a", "!b"] }, { mute: true }]';
    expect(printableConfig(load(yaml)).routes).toEqual({
      value: ['repository a/*, tag v* or w* → !a, !b', 'everything → muted'],
      source: join(cwd, 'pushledger.yaml'),
    });
  });
});
