import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { judgeClocks } from '../../src/doctor/checks/clocks.ts';
import { judgeConfiguration } from '../../src/doctor/checks/configuration.ts';
import { judgeDagEngine } from '../../src/doctor/checks/dag-engine.ts';
import { judgeDirectory } from '../../src/doctor/checks/data-directory.ts';
import { judgeDatabase } from '../../src/doctor/checks/database.ts';
import { judgeDisk } from '../../src/doctor/checks/disk.ts';
import { judgeStore } from '../../src/doctor/checks/event-store.ts';
import { judgeHooks } from '../../src/doctor/checks/gitea-hooks.ts';
import { judgeGiteaServer } from '../../src/doctor/checks/gitea-server.ts';
import { judgeToken } from '../../src/doctor/checks/gitea-token.ts';
import { judgeLeaders } from '../../src/doctor/checks/leaders.ts';
import { judgeAccount } from '../../src/doctor/checks/matrix-account.ts';
import { judgeLimits } from '../../src/doctor/checks/matrix-limits.ts';
import { judgeRoom } from '../../src/doctor/checks/matrix-rooms.ts';
import { judgeParked } from '../../src/doctor/checks/parked.ts';
import { judgeProgress } from '../../src/doctor/checks/progress.ts';
import { judgeSchema } from '../../src/doctor/checks/schema.ts';
import { judgeSpool } from '../../src/doctor/checks/spool.ts';
import { judgeAddress } from '../../src/doctor/checks/webhook-address.ts';
import type { Judgement, Verdict } from '../../src/doctor/finding.ts';

/** What is looked at, what comes of it, and what a line of it says. */
type Case = readonly [string, readonly Judgement[], Verdict, RegExp];

function judged(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each(cases)('%s', (_case, judgements, verdict, text) => {
      const found = judgements.find((judgement) => text.test(`${judgement.about ?? ''} ${judgement.text}`));
      expect(judgements.map((each) => `${each.about ?? ''} ${each.text}`).join('\n')).toMatch(text);
      expect(found?.verdict).toBe(verdict);
      // Whatever is not well says what to do.
      for (const each of judgements) {
        const needsAdvice = each.verdict === 'warning' || each.verdict === 'wrong';
        expect((each.advice ?? '') !== '').toBe(needsAdvice);
      }
    });
  });
}

const config = (env: Record<string, string>): Config => loadConfig({ env, cwd: '/nowhere' });
function brokenConfig() {
  try {
    return { config: config({ PORT: 'http', GITEA_URL: 'nonsense' }) };
  } catch (error) {
    return { error };
  }
}

judged('the configuration', [
  ['that is good', judgeConfiguration({ config: config({}) }), 'ok', /from the environment/],
  [
    'with a warning',
    judgeConfiguration({ config: config({ GITEA_WEBHOOK_SECRET: 'short' }) }),
    'warning',
    /guessed/,
  ],
  ['with problems, each a finding', judgeConfiguration(brokenConfig()), 'wrong', /PORT: found "http"/],
  ['with another problem', judgeConfiguration(brokenConfig()), 'wrong', /GITEA_URL/],
  ['that cannot be read at all', judgeConfiguration({ error: new Error('EACCES') }), 'wrong', /EACCES/],
]);

const directory = { path: '/data', found: { isDirectory: true, mode: 0o40700 }, writable: true };
judged('the data directory', [
  ['that is there', judgeDirectory(directory), 'ok', /can be read and written/],
  [
    'that others may only pass',
    judgeDirectory({ ...directory, found: { isDirectory: true, mode: 0o711 } }),
    'ok',
    /./,
  ],
  [
    'that others can read',
    judgeDirectory({ ...directory, found: { isDirectory: true, mode: 0o755 } }),
    'warning',
    /755/,
  ],
  [
    'that cannot be written',
    judgeDirectory({ ...directory, writable: false }),
    'wrong',
    /cannot be read and written/,
  ],
  [
    'that is a file',
    judgeDirectory({ ...directory, found: { isDirectory: false, mode: 0o600 } }),
    'wrong',
    /no directory/,
  ],
  ['that can be made', judgeDirectory({ ...directory, found: null }), 'ok', /first start/],
  [
    'that cannot be made',
    judgeDirectory({ ...directory, found: null, writable: false }),
    'wrong',
    /cannot be made/,
  ],
]);

const gib = 1_024 ** 3;
judged('the disk', [
  ['with room', judgeDisk({ path: '/data', free: 9 * gib, spoolLimit: gib }), 'ok', /9216 MiB/],
  [
    'with less than the spool may take',
    judgeDisk({ path: '/data', free: 3 * gib, spoolLimit: 4 * gib }),
    'warning',
    /spool/,
  ],
  ['that is nearly full', judgeDisk({ path: '/data', free: gib / 2, spoolLimit: 1 }), 'warning', /512 MiB/],
  ['that is full', judgeDisk({ path: '/data', free: 1_024, spoolLimit: 1 }), 'wrong', /0 MiB/],
]);

const server = {
  version: 180_001,
  embedded: false,
  readOnly: false,
  mayCreateSchemas: true,
  hasSchema: true,
  fsync: true,
  connections: { used: 5, most: 100 },
};
judged('the database', [
  ['that is good', judgeDatabase(server), 'ok', /PostgreSQL 18, writable/],
  ['that is the embedded one', judgeDatabase({ ...server, embedded: true }), 'ok', /embedded/],
  ['that is too old', judgeDatabase({ ...server, version: 120_004 }), 'wrong', /PostgreSQL 12 is too old/],
  ['that is a standby', judgeDatabase({ ...server, readOnly: true }), 'wrong', /takes no writes/],
  [
    'without the right to make schemas',
    judgeDatabase({ ...server, mayCreateSchemas: false, hasSchema: false }),
    'wrong',
    /create schemas/,
  ],
  ['whose schemas are there', judgeDatabase({ ...server, mayCreateSchemas: false }), 'ok', /writable/],
  ['without fsync', judgeDatabase({ ...server, fsync: false }), 'warning', /fsync/],
  [
    'whose connections are taken',
    judgeDatabase({ ...server, connections: { used: 95, most: 100 } }),
    'warning',
    /5 of 100/,
  ],
]);

judged('the schema', [
  [
    'that is up to date',
    judgeSchema({ differences: [], known: ['1', '2'], applied: ['1', '2'] }),
    'ok',
    /2 migrations/,
  ],
  [
    'before the first start',
    judgeSchema({ differences: [], known: ['1'], applied: [] }),
    'ok',
    /first start/,
  ],
  [
    'of an older version',
    judgeSchema({ differences: [], known: ['1', '2'], applied: ['1'] }),
    'warning',
    /older/,
  ],
  [
    'of a newer version',
    judgeSchema({ differences: [], known: ['1'], applied: ['1', '2'] }),
    'wrong',
    /newer .*2/,
  ],
  [
    'with tables that do not fit',
    judgeSchema({ differences: ['runs.url is missing'], known: [], applied: [] }),
    'wrong',
    /runs.url/,
  ],
]);

const ledger = { id: 'a-ledger', instance: 'gitea.test' };
const log = { kind: 'postgres', head: 7n, ledger, instance: null, mismatch: null };
judged('the event store', [
  ['that is good', judgeStore(log), 'ok', /a-ledger, at position 7/],
  ['that is empty', judgeStore({ ...log, ledger: null }), 'ok', /first start/],
  [
    'of another ledger',
    judgeStore({ ...log, mismatch: 'a checkpoint belongs to another ledger' }),
    'wrong',
    /another ledger/,
  ],
  ['for another server', judgeStore({ ...log, instance: 'other.test' }), 'wrong', /gitea\.test.*other\.test/],
  ['for the configured server', judgeStore({ ...log, instance: 'gitea.test' }), 'ok', /postgres/],
]);

const answered = (version: string | null, status = 200) => judgeGiteaServer({ status, version });
judged('the Gitea server', [
  ['that is new', answered('1.24.6'), 'ok', /Gitea 1\.24\.6/],
  ['that is a development version', answered('1.25.0+dev-12-gabc'), 'ok', /1\.25/],
  ['that is a Forgejo', answered('9.0.3+gitea-1.22.0'), 'ok', /Forgejo/],
  ['that is older', answered('1.17.4'), 'warning', /little of forced pushes/],
  ['that is too old', answered('1.17.3'), 'wrong', /too old/],
  ['that is much too old', answered('0.9'), 'wrong', /too old/],
  ['that redirects', answered(null, 301), 'wrong', /redirects/],
  ['that asks for a token', answered(null, 403), 'warning', /does not tell its version/],
  ['that is something else', answered(null, 200), 'wrong', /no Gitea/],
]);

const refused = (reason: 'unauthorized' | 'forbidden' | 'unreachable') => ({
  refused: reason,
  text: `it is ${reason}`,
});
const ada = { login: 'ada', isAdmin: true };
const hooksOf = (answer: 'yes' | ReturnType<typeof refused>) => ({ repository: 'acme/widgets', answer });
judged('the token of Gitea', [
  [
    'that is good',
    judgeToken({ user: ada, repositories: 'yes', hooks: hooksOf('yes') }),
    'ok',
    /ada, a site administrator/,
  ],
  [
    'without read:user',
    judgeToken({ user: refused('forbidden'), repositories: 'yes', hooks: null }),
    'ok',
    /read:user/,
  ],
  [
    'that is wrong',
    judgeToken({ user: refused('unauthorized'), repositories: refused('unauthorized'), hooks: null }),
    'wrong',
    /not taken/,
  ],
  [
    'without a scope',
    judgeToken({ user: ada, repositories: refused('forbidden'), hooks: null }),
    'wrong',
    /read repositories/,
  ],
  [
    'without the right to hooks',
    judgeToken({ user: ada, repositories: 'yes', hooks: hooksOf(refused('forbidden')) }),
    'warning',
    /hooks of acme/,
  ],
  [
    'that cannot be judged',
    judgeToken({ user: refused('unreachable'), repositories: refused('unreachable'), hooks: null }),
    'wrong',
    /unreachable/,
  ],
]);

const url = 'https://push.example/webhook/gitea';
const address = (
  outcome: 'accepted' | 'wrong-secret' | 'redirects' | 'other' | 'unreachable',
  addresses = ['93.184.216.34'],
) => judgeAddress({ url, addresses, probe: { outcome, detail: 'status 301' } });
judged('the address of the webhook', [
  ['that is good', address('accepted'), 'ok', /takes our secret/],
  ['on a loopback address', address('accepted', ['127.0.0.1']), 'warning', /sends no webhooks by default/],
  ['on a private address', address('accepted', ['93.184.216.34', '10.1.2.3']), 'warning', /10\.1\.2\.3/],
  ['on a private address of version 6', address('accepted', ['fd00::1']), 'warning', /fd00::1/],
  ['with another secret', address('wrong-secret'), 'wrong', /another secret/],
  ['that redirects', address('redirects'), 'wrong', /redirects/],
  ['that leads elsewhere', address('other'), 'wrong', /no pushledger/],
  ['that cannot be reached from here', address('unreachable'), 'warning', /cannot be reached/],
  [
    'without an address',
    judgeAddress({ url, addresses: { error: 'ENOTFOUND' }, probe: null }),
    'wrong',
    /ENOTFOUND/,
  ],
  [
    'before there is a secret',
    judgeAddress({ url, addresses: ['93.184.216.34'], probe: null }),
    'ok',
    /nobody has asked/,
  ],
]);

test('the advice about an inner address names the setting of Gitea', () => {
  expect(address('accepted', ['127.0.0.1'])[0]?.advice).toContain('ALLOWED_HOST_LIST = push.example');
});

const hook = { id: 1, active: true, events: ['push', 'delete'] };
const hooks = (own: readonly object[] | { error: string } | null, covered = false) =>
  judgeHooks({ url, notAsked: 0, repositories: [{ fullName: 'acme/widgets', hooks: own as [], covered }] });
judged('the hooks', [
  ['that are good', hooks([hook]), 'ok', /1 repositories call/],
  ['of which not all were asked about', judgeHooks({ url, repositories: [], notAsked: 20 }), 'ok', /20 more/],
  ['of an organisation', hooks([], true), 'ok', /1 repositories/],
  ['that are missing', hooks([]), 'warning', /acme\/widgets.*no hook|no hook/],
  ['that are not active', hooks([{ ...hook, active: false }]), 'wrong', /not active/],
  ['that do not send pushes', hooks([{ ...hook, events: ['issues'] }]), 'wrong', /does not send pushes/],
  ['that are doubled', hooks([hook, { ...hook, id: 2 }]), 'warning', /several hooks/],
  ['that are doubled by one further up', hooks([hook], true), 'warning', /several hooks/],
  ['of a repository that is gone', hooks(null), 'warning', /gone/],
  ['that may not be read', hooks({ error: 'it is forbidden' }), 'warning', /forbidden/],
]);

const account = { user: '@bot:example', device: 'PUSHLEDGER' };
judged('the Matrix account', [
  [
    'that is good',
    judgeAccount({ status: 200, account, refused: null }),
    'ok',
    /@bot:example, device PUSHLEDGER/,
  ],
  [
    'without a device',
    judgeAccount({ status: 200, account: { ...account, device: null }, refused: null }),
    'warning',
    /no device/,
  ],
  [
    'whose token is wrong',
    judgeAccount({ status: 401, account: null, refused: 'M_UNKNOWN_TOKEN' }),
    'wrong',
    /not taken/,
  ],
  [
    'that is refused',
    judgeAccount({ status: 403, account: null, refused: 'M_USER_DEACTIVATED' }),
    'wrong',
    /M_USER_DEACTIVATED/,
  ],
  ['at no homeserver', judgeAccount({ status: 200, account: null, refused: null }), 'wrong', /no homeserver/],
]);

const room = {
  room: '!r:example',
  roomId: '!r:example',
  joined: true,
  encrypted: false,
  power: { ours: 0, needed: 0 },
};
judged('a Matrix room', [
  ['that is good', judgeRoom(room), 'ok', /may write/],
  ['that does not tell its power levels', judgeRoom({ ...room, power: null }), 'ok', /may write/],
  ['that is not there', judgeRoom({ ...room, roomId: null }), 'wrong', /no such room/],
  ['that was not joined', judgeRoom({ ...room, joined: false }), 'warning', /not in the room/],
  ['that is encrypted', judgeRoom({ ...room, encrypted: true }), 'wrong', /encrypted/],
  [
    'in which we may not write',
    judgeRoom({ ...room, power: { ours: 0, needed: 50 } }),
    'wrong',
    /power 0, 50/,
  ],
]);

judged('the limits of Matrix', [
  ['that suffice', judgeLimits({ repositories: 3, rate: 0.19 }), 'ok', /11 messages a minute/],
  ['that are too low', judgeLimits({ repositories: 40, rate: 0.19 }), 'warning', /40 repositories/],
  ['that are higher than usual', judgeLimits({ repositories: 3, rate: 5 }), 'ok', /override_ratelimit/],
]);

judged('dag_engine', [
  ['that answers', judgeDagEngine({ host: 'dags', status: 405 }), 'ok', /dags answers/],
  ['that refuses us', judgeDagEngine({ host: 'dags', status: 401 }), 'warning', /refuses us/],
  ['that is not well', judgeDagEngine({ host: 'dags', status: 502 }), 'warning', /not well/],
  ['that redirects', judgeDagEngine({ host: 'dags', status: 302 }), 'wrong', /redirects/],
]);

const clock = (aheadMs: number | null) => judgeClocks([{ of: 'Gitea', aheadMs }]);
judged('the clocks', [
  ['that agree', clock(900), 'ok', /the same/],
  ['that are a little apart', clock(-20_000), 'warning', /20 s behind/],
  ['that are far apart', clock(3_600_000), 'wrong', /3600 s ahead/],
  ['that tell nothing', clock(null), 'skipped', /does not tell/],
]);

const now = new Date('2026-02-03T04:05:06Z');
const empty = { state: 'ok' as const, pending: 0, parked: 0, bytes: 0, oldestAt: null, lastError: null };
const spool = (change: object) => judgeSpool({ status: { ...empty, ...change }, now });
judged('the spool', [
  ['that was never used', judgeSpool({ status: null, now }), 'ok', /nothing was ever/],
  ['that is empty', spool({}), 'ok', /empty/],
  ['that is being emptied', spool({ pending: 3, oldestAt: '2026-02-03T04:05:00Z' }), 'ok', /being taken/],
  [
    'that is not emptied',
    spool({ pending: 3, oldestAt: '2026-02-03T03:05:00Z' }),
    'warning',
    /3 deliveries wait/,
  ],
  ['with what was refused', spool({ parked: 2 }), 'warning', /2 deliveries were refused/],
  ['that is full', spool({ state: 'full' }), 'wrong', /full/],
  [
    'that is broken',
    spool({ state: 'broken', pending: null, parked: null, lastError: 'not a database' }),
    'wrong',
    /not a database/,
  ],
]);

judged('the leaders', [
  ['that are all there', judgeLeaders({ expected: ['a', 'b'], led: ['a', 'b'] }), 'ok', /a, b/],
  [
    'of which one is missing',
    judgeLeaders({ expected: ['a', 'b'], led: ['a'] }),
    'warning',
    /nobody leads: b/,
  ],
  [
    'without any service',
    judgeLeaders({ expected: ['a', 'b'], led: [] }),
    'warning',
    /no `pushledger serve`/,
  ],
]);

const following = (position: bigint, later: bigint) =>
  judgeProgress({ head: 10n, subscribers: [{ name: 'data_factory', position, later }] });
judged('the progress', [
  ['at the end of the log', following(10n, 10n), 'ok', /all at its end/],
  ['that gets there', following(5n, 10n), 'ok', /all at its end/],
  ['that gets on', following(5n, 8n), 'ok', /getting on/],
  ['that stands still', following(5n, 5n), 'warning', /data_factory.*stands still/],
  ['of nobody', judgeProgress({ head: 0n, subscribers: [] }), 'ok', /nothing has begun/],
]);

const nothing = { projections: [], messages: 0, triggers: 0, enrichments: 0 };
judged('what was given up', [
  ['is nothing', judgeParked(nothing), 'ok', /nothing/],
  [
    'are events',
    judgeParked({ ...nothing, projections: [{ name: 'data_factory', events: 2 }] }),
    'warning',
    /2 events/,
  ],
  ['are messages', judgeParked({ ...nothing, messages: 1 }), 'warning', /1 messages/],
  ['are triggers', judgeParked({ ...nothing, triggers: 1 }), 'warning', /1 DAG/],
  ['are enrichments', judgeParked({ ...nothing, enrichments: 1 }), 'warning', /1 pushes/],
]);
