import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, loadConfig } from '../../src/config/load.ts';
import { valuesSchema } from '../../src/config/schema.ts';
import { settings } from '../../src/config/settings.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pushledger-config-'));
});

afterEach(() => rmSync(cwd, { recursive: true }));

function load(env: LoadOptions['env'] = {}, options: Partial<LoadOptions> = {}) {
  return loadConfig({ env, cwd, ...options });
}

function write(name: string, text: string): string {
  const path = join(cwd, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const goodSecret = 'sixteen-letters-or-more';

describe('the defaults', () => {
  it('are what the documentation says', () => {
    const { sources, ...values } = load();
    expect(values).toEqual({
      dataDir: join(cwd, 'data'),
      instance: 'gitea',
      host: '127.0.0.1',
      port: 8080,
      publicUrl: null,
      databaseUrl: null,
      eventStoreUrl: null,
      gitea: { url: null, token: null, owner: null },
      webhookSecrets: [],
      retiredWebhookSecrets: [],
      matrix: null,
      routes: [],
      dagEngine: { url: null, token: null, dag: 'gitea_push', dags: [], maxAgeMs: 24 * 3_600_000 },
      adminToken: null,
      auditKey: null,
      ignore: { pushers: ['gitea-actions'], ownAccount: true, authors: [], messages: ['[skip notify]'] },
      healthDetails: 'names',
      logLevel: 'info',
      bodyLimitBytes: 8 * 1024 * 1024,
      recovery: { intervalMs: 900_000, announceMaxAgeMs: 86_400_000 },
      enrichment: { rate: 5, maxAgeMs: 7 * 86_400_000 },
      notifyMaxAgeMs: 24 * 3_600_000,
      notify: { mode: 'edit', windowMs: 60_000, editIntervalMs: 5_000, rate: 0.2, burst: 10 },
      spoolAfterMs: 2_000,
      spoolMaxBytes: 1024 ** 3,
      warnings: [],
      file: null,
    });
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  it('name the instance after the host of Gitea, with its port', () => {
    expect(load({ GITEA_URL: 'https://git.example.org/sub' }).instance).toBe('git.example.org');
    expect(load({ GITEA_URL: 'http://git.example.org:3000' }).instance).toBe('git.example.org:3000');
  });

  it('are declared for exactly the values that the schema checks', () => {
    const declared = settings.filter((each) => each.inFile && each.key !== 'webhookSecrets');
    expect(Object.keys(valuesSchema.shape).sort()).toEqual(declared.map((each) => each.key).sort());
  });
});

const everything = {
  PUSHLEDGER_DATA_DIR: 'elsewhere',
  PUSHLEDGER_INSTANCE: 'home',
  HOST: '::',
  PORT: '0',
  PUBLIC_URL: 'https://push.example.org/',
  DATABASE_URL: 'postgres://u:p@db/ledger',
  EVENT_STORE_URL: 'esdb+discover://u:p@n1:2113,n2:2113?tls=true',
  GITEA_URL: 'https://git.example.org/sub/',
  GITEA_TOKEN: 'gitea-token',
  GITEA_OWNER: 'ann',
  GITEA_WEBHOOK_SECRET: goodSecret,
  ADMIN_TOKEN: 'an-admin-token-of-good-length',
  AUDIT_KEY: 'an audit key of good length',
  MATRIX_HOMESERVER_URL: 'https://matrix.example.org',
  MATRIX_ACCESS_TOKEN: 'matrix-token',
  MATRIX_ROOM: '!room:example.org',
  DAG_ENGINE_URL: 'https://dags.example.org/api/runs/',
  DAG_ENGINE_TOKEN: 'dag-token',
  DAG_ENGINE_DAG: 'push',
  DAG_MAX_AGE: '2h',
  HEALTH_DETAILS: 'counts',
  LOG_LEVEL: 'debug',
  BODY_LIMIT: '512KiB',
  RECOVERY_INTERVAL: 'off',
  RECOVERY_ANNOUNCE_MAX_AGE: '3h',
  ENRICHMENT_RATE: '0.5',
  ENRICHMENT_MAX_AGE: '2d',
  NOTIFY_MAX_AGE: '15m',
  NOTIFY_MODE: 'digest',
  NOTIFY_WINDOW: '0s',
  NOTIFY_EDIT_INTERVAL: '500ms',
  NOTIFY_RATE: '10',
  NOTIFY_BURST: '100',
  SPOOL_AFTER: '500ms',
  SPOOL_LIMIT: '2GiB',
};

describe('the environment', () => {
  it('sets everything that has a name there', () => {
    const config = load(everything);
    expect(config).toMatchObject({
      dataDir: join(cwd, 'elsewhere'),
      instance: 'home',
      host: '::',
      port: 0,
      publicUrl: 'https://push.example.org',
      gitea: { url: 'https://git.example.org/sub', owner: 'ann' },
      matrix: { homeserverUrl: 'https://matrix.example.org', room: '!room:example.org' },
      dagEngine: { url: 'https://dags.example.org/api/runs/', dag: 'push', maxAgeMs: 7_200_000 },
      healthDetails: 'counts',
      logLevel: 'debug',
      bodyLimitBytes: 512 * 1024,
      recovery: { intervalMs: null, announceMaxAgeMs: 3 * 3_600_000 },
      enrichment: { rate: 0.5, maxAgeMs: 2 * 86_400_000 },
      notifyMaxAgeMs: 900_000,
      notify: { mode: 'digest', windowMs: 0, editIntervalMs: 500, rate: 10, burst: 100 },
      spoolAfterMs: 500,
      spoolMaxBytes: 2 * 1024 ** 3,
    });
    expect(config.databaseUrl?.reveal()).toBe('postgres://u:p@db/ledger');
    expect(config.eventStoreUrl?.reveal()).toBe('esdb+discover://u:p@n1:2113,n2:2113?tls=true');
    expect(config.gitea.token?.reveal()).toBe('gitea-token');
    expect(config.matrix?.accessToken.reveal()).toBe('matrix-token');
    expect(config.dagEngine.token?.reveal()).toBe('dag-token');
    expect(revealed(config.webhookSecrets)).toEqual([['default', goodSecret]]);
    const named = settings.filter(({ env, inFile }) => env !== null && inFile).map(({ key }) => key);
    for (const key of named.filter((each) => each !== 'webhookSecrets')) {
      expect(config.sources[key], key).toBe('environment');
    }
    expect(config.sources['webhookSecrets.default']).toBe('environment');
  });

  it('counts an empty variable as not set', () => {
    expect(load({ PORT: '', GITEA_URL: ' ', PUSHLEDGER_DATA_DIR: '' })).toEqual(load());
  });

  it('may not hold a PUSHLEDGER_ variable that nobody reads', () => {
    expect(() => load({ PUSHLEDGER_DATADIR: 'x' })).toThrow(
      'PUSHLEDGER_DATADIR: found an unknown environment variable; expected PUSHLEDGER_DATA_DIR',
    );
  });
});

function revealed(secrets: ReturnType<typeof load>['webhookSecrets']) {
  return secrets.map(({ name, secret }) => [name, secret.reveal()]);
}

const wholeFile = `
instance: from-file
host: 0.0.0.0
port: 9000
publicUrl: http://file.example.org
databaseUrl: postgresql://file/db
eventStoreUrl: esdb://file:2113?tls=false
gitea: { url: http://gitea.file, token: file-token, owner: filer }
webhookSecrets:
  - { name: old, value: an-old-secret-of-good-length }
  - { name: new, file: new-secret }
matrix: { homeserverUrl: http://matrix.file, accessToken: { command: print-token }, room: "#pushes:file" }
adminToken: { value: an-admin-token-of-good-length }
auditKey: { value: an-audit-key-of-good-length }
routes: [{ tag: v*, rooms: "#releases:file" }]
ignore: { pushers: [bot, renovate], ownAccount: false, authors: ["*[bot]"], messages: [quiet] }
dagEngine:
  url: http://dags.file/runs
  token: { value: dag-file-token }
  dag: file_push
  dags: [{ repository: ann/docs, dag: null }, { repository: ann/*, dag: build }]
  maxAge: 1h
healthDetails: counts
logLevel: warn
bodyLimit: 1048576
recovery:
  interval: 1h
  announceMaxAge: 2d
enrichment:
  rate: 10
  maxAge: 3d
notifyMaxAge: 7d
notify: { mode: digest, window: 5m, editInterval: 10s, rate: 0.5, burst: 20 }
spoolAfter: 3s
spoolLimit: 64MiB
`;

describe('pushledger.yaml', () => {
  const runCommand: LoadOptions['runCommand'] = (command) => ({
    ok: true,
    stdout: `from ${command}\n`.replace(' ', '-'),
  });

  it('sets everything but where it lies itself', () => {
    const path = write('data/pushledger.yaml', wholeFile);
    write('data/new-secret', 'a-new-secret-of-good-length\n');
    const config = load({}, { runCommand });
    expect(config).toMatchObject({
      file: path,
      instance: 'from-file',
      host: '0.0.0.0',
      port: 9000,
      publicUrl: 'http://file.example.org',
      gitea: { url: 'http://gitea.file', owner: 'filer' },
      matrix: { homeserverUrl: 'http://matrix.file', room: '#pushes:file' },
      ignore: { pushers: ['bot', 'renovate'], ownAccount: false, authors: ['*[bot]'], messages: ['quiet'] },
      dagEngine: {
        url: 'http://dags.file/runs',
        dag: 'file_push',
        dags: [
          { repository: 'ann/docs', dag: null },
          { repository: 'ann/*', dag: 'build' },
        ],
        maxAgeMs: 3_600_000,
      },
      healthDetails: 'counts',
      logLevel: 'warn',
      bodyLimitBytes: 1024 * 1024,
      recovery: { intervalMs: 3_600_000, announceMaxAgeMs: 2 * 86_400_000 },
      enrichment: { rate: 10, maxAgeMs: 3 * 86_400_000 },
      notifyMaxAgeMs: 7 * 86_400_000,
      notify: { mode: 'digest', windowMs: 300_000, editIntervalMs: 10_000, rate: 0.5, burst: 20 },
      spoolAfterMs: 3_000,
      spoolMaxBytes: 64 * 1024 ** 2,
    });
    expect(config.databaseUrl?.reveal()).toBe('postgresql://file/db');
    expect(config.gitea.token?.reveal()).toBe('file-token');
    expect(config.matrix?.accessToken.reveal()).toBe('from-print-token');
    expect(revealed(config.webhookSecrets)).toEqual([
      ['old', 'an-old-secret-of-good-length'],
      ['new', 'a-new-secret-of-good-length'],
    ]);
    const { dataDir, ...others } = config.sources;
    expect(dataDir).toBe('default');
    expect(new Set(Object.values(others))).toEqual(new Set([path]));
  });

  it('goes behind the environment, value by value', () => {
    write('data/pushledger.yaml', wholeFile);
    write('data/new-secret', goodSecret);
    const config = load(
      { PORT: '1234', GITEA_TOKEN: 'env-token', GITEA_WEBHOOK_SECRET: goodSecret },
      { runCommand },
    );
    expect(config.port).toBe(1234);
    expect(config.host).toBe('0.0.0.0');
    expect(config.gitea.token?.reveal()).toBe('env-token');
    expect(config.webhookSecrets.map(({ name }) => name)).toEqual(['default', 'old', 'new']);
  });

  it('is looked for in the data directory, then in the working directory, and a hidden one is told', () => {
    const second = write('pushledger.yaml', 'port: 2');
    expect(load()).toMatchObject({ port: 2, file: second });
    const first = write('data/pushledger.yaml', 'port: 1');
    expect(load()).toMatchObject({ port: 1, file: first });
    expect(load().warnings).toEqual([`${second} is not read, because ${first} exists`]);
  });

  it('is taken from PUSHLEDGER_CONFIG, and before that from the caller', () => {
    write('data/pushledger.yaml', 'port: 1');
    write('two.yaml', 'port: 2');
    write('three.yaml', 'port: 3');
    expect(load({ PUSHLEDGER_CONFIG: 'two.yaml' }).port).toBe(2);
    expect(load({ PUSHLEDGER_CONFIG: 'two.yaml' }, { file: 'three.yaml' }).port).toBe(3);
  });

  it('must be there when it was asked for', () => {
    expect(() => load({ PUSHLEDGER_CONFIG: 'nowhere.yaml' })).toThrow(
      /PUSHLEDGER_CONFIG: found no readable file at/,
    );
  });

  it('is read as it was written: a secret of digits keeps them all, and a name its zeros', () => {
    write('pushledger.yaml', 'instance: 007\ngitea: { token: 01234567890123456789 }');
    expect(load().instance).toBe('007');
    expect(load().gitea.token?.reveal()).toBe('01234567890123456789');
  });

  it('may be empty, and may leave a key without a value', () => {
    write('pushledger.yaml', '');
    expect(load().port).toBe(8080);
    write('pushledger.yaml', 'port:\nhost: null\npublicUrl: ~\ngitea:\n');
    expect(load().port).toBe(8080);
  });

  it('is refused with the place of a syntax error, without the line itself', () => {
    write('pushledger.yaml', 'port: 1\ngitea: { token: "hush');
    expect(() => load()).toThrow(/found a YAML error in line 2/);
    expect(() => load()).not.toThrow(/hush/);
  });

  it.each([
    ['prot: 1', 'prot', 'port'],
    ['GITEA_URL: x', 'GITEA_URL', 'gitea.url'],
    ['gitea: { tokn: x }', 'gitea.tokn', 'gitea.token'],
    ['databaseURL: x', 'databaseURL', 'databaseUrl'],
    ['dataDir: x', 'dataDir', 'one of instance'],
    ['__proto__: { port: 1 }', '__proto__', 'one of instance'],
  ])('refuses the unknown key in "%s" and suggests what was meant', (text, key, suggestion) => {
    const path = write('pushledger.yaml', text);
    expect(() => load()).toThrow(`${key} (${path}): found an unknown key; expected ${suggestion}`);
  });

  it.each([
    ['gitea: text', 'gitea', 'found a text; expected a group of keys'],
    ['- a', 'pushledger.yaml', 'found a list; expected a group of keys'],
    ['port: [1]', 'port', 'found a list; expected a whole number'],
    ['ignore: { pushers: bot }', 'ignore.pushers', 'found a text; expected a list of login names'],
    ['ignore: { authors: ["*"] }', 'ignore.authors[0]', 'found "*"; expected a list of names or e-mail'],
    ['ignore: { messages: [" "] }', 'ignore.messages[0]', 'found " "; expected a list of texts'],
    ['ignore: { ownAccount: no }', 'ignore.ownAccount', 'found "no"; expected true or false'],
    ['ignore: { pushers: [bot, [7]] }', 'ignore.pushers[1]', 'found a list; expected a list of login names'],
    ['dagEngine: { url: "ftp://x" }', 'dagEngine.url', 'expected an http:// or https:// address'],
    ['dagEngine: { dags: [{ repository: a/b }] }', 'dagEngine.dags[0]', 'expected a list of rules'],
    ['dagEngine: { dags: [{ repository: docs, dag: x }] }', 'dagEngine.dags[0]', 'expected a list of rules'],
    ['dagEngine: { dags: [{ repository: a/b, dag: "" }] }', 'dagEngine.dags[0]', 'expected a list of rules'],
    ['dagEngine: { dags: [{ repository: a/b, dag: x, y: z }] }', 'dagEngine.dags[0]', 'expected a list'],
    ['webhookSecrets: x', 'webhookSecrets', 'found a text; expected a list of secrets'],
    ['webhookSecrets: [x]', 'webhookSecrets[0]', 'found a text; expected a group'],
    ['webhookSecrets: [{ name: a }]', 'webhookSecrets[0]', 'found no secret'],
    ['webhookSecrets: [{ value: abc }]', 'webhookSecrets[0]', 'found nothing; expected a name'],
    ['webhookSecrets: [{ name: A_B, value: abc }]', 'webhookSecrets[0]', 'expected a name of 1 to 32'],
    ['webhookSecrets: [{ name: a, value: "" }]', 'webhookSecrets[0]', 'found an empty text'],
    ['webhookSecrets: [{ name: a, value: [b] }]', 'webhookSecrets[0]', 'found a list'],
    ['webhookSecrets: [{ name: a, valeu: b }]', 'webhookSecrets[0]', 'found an unknown key; expected value'],
    ['gitea: { token: { file: a, command: b } }', 'gitea.token', 'expected exactly one of'],
  ])('refuses the shape of "%s"', (text, key, message) => {
    write('pushledger.yaml', text);
    const act = () => load();
    expect(act).toThrow(key);
    expect(act).toThrow(message);
  });
});

describe('webhook secrets', () => {
  it('need names of their own, also beside the one of the environment', () => {
    write(
      'pushledger.yaml',
      `webhookSecrets: [{ name: a, value: ${goodSecret} }, { name: a, value: ${goodSecret} }]`,
    );
    expect(() => load()).toThrow(/webhookSecrets\[1\]\.name .*found the name a a second time/);
    write('pushledger.yaml', `webhookSecrets: [{ name: default, value: ${goodSecret} }]`);
    expect(() => load({ GITEA_WEBHOOK_SECRET: goodSecret })).toThrow(
      /GITEA_WEBHOOK_SECRET in the environment/,
    );
  });

  it('may be short, with a warning', () => {
    expect(load({ GITEA_WEBHOOK_SECRET: 'fifteen-letters' }).warnings).toEqual([
      'the webhook secret default is shorter than 16 characters and could be guessed',
    ]);
    expect(load({ GITEA_WEBHOOK_SECRET: 'sixteen--letters' }).warnings).toEqual([]);
  });
});

describe('a wrong configuration', () => {
  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['HOST', 'two words'],
    ['PUBLIC_URL', 'push.example.org'],
    ['GITEA_URL', 'ftp://git.example.org'],
    ['GITEA_URL', 'https://git.example.org/?a=b'],
    ['GITEA_OWNER', 'a/b'],
    ['PUSHLEDGER_INSTANCE', 'my gitea'],
    ['HEALTH_DETAILS', 'all'],
    ['LOG_LEVEL', 'loud'],
    ['BODY_LIMIT', '8 MB'],
    ['BODY_LIMIT', '12'],
    ['NOTIFY_MAX_AGE', '24'],
    ['NOTIFY_MAX_AGE', '0s'],
    ['RECOVERY_INTERVAL', 'never'],
    ['RECOVERY_INTERVAL', '5s'],
    ['RECOVERY_ANNOUNCE_MAX_AGE', '400d'],
    ['ENRICHMENT_RATE', '0'],
    ['ENRICHMENT_RATE', '1000'],
    ['ENRICHMENT_MAX_AGE', '400d'],
  ])('is told by name, finding and expectation: %s=%s', (name, value) => {
    const expected = settings.find((each) => each.env === name)?.expected;
    expect(() => load({ [name]: value })).toThrow(
      `${name}: found ${JSON.stringify(value)}; expected ${expected}`,
    );
  });

  it('is told all at once, one problem a line', () => {
    const path = write(
      'pushledger.yaml',
      'prot: 1\nlogLevel: loud\nwebhookSecrets: [{ name: "?" , value: x }]',
    );
    const env = {
      PORT: 'x',
      PUSHLEDGER_DATE: '1',
      GITEA_TOKEN: 'a',
      GITEA_TOKEN_FILE: 'b',
      DATABASE_URL: 'mysql://x',
      EVENT_STORE_URL: 'kurrentdb://x',
      MATRIX_ROOM: '!a:b',
      MATRIX_HOMESERVER_URL: 'http://m',
    };
    let message = '';
    try {
      load(env);
    } catch (error) {
      message = String(error);
    }
    const lines = message.split('\n').slice(1);
    const names = lines.map((line) => line.replace(/: found.*/, '').trim());
    expect(new Set(names)).toEqual(
      new Set([
        'PUSHLEDGER_DATE',
        `prot (${path})`,
        'GITEA_TOKEN',
        `webhookSecrets[0].name (${path})`,
        'MATRIX_ACCESS_TOKEN',
        `logLevel (${path})`,
        'PORT',
        'DATABASE_URL',
        'EVENT_STORE_URL',
      ]),
    );
    expect(names).toHaveLength(9);
  });

  it('is a Matrix of which one or two parts are missing', () => {
    expect(() => load({ MATRIX_ROOM: '!a:b' })).toThrow(
      /MATRIX_HOMESERVER_URL: found nothing; .*because MATRIX_ROOM is set\n {2}MATRIX_ACCESS_TOKEN: found nothing/,
    );
    const two = { MATRIX_ROOM: '!a:b', MATRIX_ACCESS_TOKEN: 'x' };
    expect(() => load(two)).toThrow(/because MATRIX_ACCESS_TOKEN and MATRIX_ROOM are set/);
  });
});
