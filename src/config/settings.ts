/**
 * Every setting, declared once: the loader, `config print` and the reference page are all driven by this list.
 */
export interface Setting {
  /** Dotted path in `pushledger.yaml`, and the name by which the loader knows it. */
  readonly key: string;
  /** False where the file cannot say it, because it decides where the file is. */
  readonly inFile: boolean;
  /** Name in the environment; null where only the file can say it. */
  readonly env: string | null;
  readonly kind: 'text' | 'secret' | 'list';
  /** As it would be written; null: not set. */
  readonly default: string | null;
  /** What the table says in place of the default, where that is a sentence. */
  readonly defaultNote?: string;
  readonly expected: string;
  readonly meaning: string;
}

const base = { inFile: true, kind: 'text', default: null } as const;
const address = 'an http:// or https:// address without user name, password, query or fragment';

export const settings: readonly Setting[] = [
  {
    ...base,
    key: 'configFile',
    inFile: false,
    env: 'PUSHLEDGER_CONFIG',
    defaultNote: '`pushledger.yaml` in the data directory, else in the working directory, if there is one',
    expected: 'the path of a readable file',
    meaning: 'The configuration file',
  },
  {
    ...base,
    key: 'dataDir',
    inFile: false,
    env: 'PUSHLEDGER_DATA_DIR',
    default: './data',
    expected: 'a path',
    meaning: 'Directory of everything that is kept on this machine',
  },
  {
    ...base,
    key: 'instance',
    env: 'PUSHLEDGER_INSTANCE',
    defaultNote: 'the host of `GITEA_URL` at the first start, else `gitea`',
    expected: '1 to 255 printable characters without spaces',
    meaning: 'Name of the Gitea server; it is part of every push id, so never change it for a ledger in use',
  },
  {
    ...base,
    key: 'host',
    env: 'HOST',
    default: '127.0.0.1',
    expected: 'an IP address or a host name',
    meaning: 'Address to listen on',
  },
  {
    ...base,
    key: 'port',
    env: 'PORT',
    default: '8080',
    expected: 'a whole number from 0 (any free port) to 65535',
    meaning: 'Port to listen on',
  },
  {
    ...base,
    key: 'publicUrl',
    env: 'PUBLIC_URL',
    expected: address,
    meaning: 'Address under which Gitea reaches this service; hooks call its `/webhook/gitea`',
  },
  {
    ...base,
    key: 'databaseUrl',
    env: 'DATABASE_URL',
    kind: 'secret',
    defaultNote: 'a PostgreSQL of its own in the data directory',
    expected:
      'a postgres:// or postgresql:// address (of a socket: postgres://localhost/name?host=/run/postgresql)',
    meaning: 'PostgreSQL to use',
  },
  {
    ...base,
    key: 'eventStoreUrl',
    env: 'EVENT_STORE_URL',
    kind: 'secret',
    defaultNote: 'the log is kept in PostgreSQL',
    expected: 'an esdb:// or esdb+discover:// address',
    meaning: 'KurrentDB or EventStoreDB that keeps the log',
  },
  {
    ...base,
    key: 'gitea.url',
    env: 'GITEA_URL',
    expected: address,
    meaning: 'Address of Gitea, with its sub-path if it has one',
  },
  {
    ...base,
    key: 'gitea.token',
    env: 'GITEA_TOKEN',
    kind: 'secret',
    expected: 'one line of printable ASCII characters without spaces',
    meaning: 'Access token for Gitea (scope `write:repository` to manage hooks)',
  },
  {
    ...base,
    key: 'gitea.owner',
    env: 'GITEA_OWNER',
    expected: 'the name of a Gitea user or organisation',
    meaning: 'Owner whose repositories are named without their owner in `data_factory`',
  },
  {
    ...base,
    key: 'webhookSecrets',
    env: 'GITEA_WEBHOOK_SECRET',
    kind: 'secret',
    defaultNote: 'one is made in the data directory',
    expected: 'a list of secrets, each with a name and one of value, file or command',
    meaning:
      'Secret that signs deliveries, named `default`; the file lists several, each with a name of its own, ' +
      'and with `retired: true` where it is kept for `audit verify` only',
  },
  {
    ...base,
    key: 'matrix.homeserverUrl',
    env: 'MATRIX_HOMESERVER_URL',
    expected: address,
    meaning: 'Matrix homeserver; without the three Matrix settings messages go to the console',
  },
  {
    ...base,
    key: 'matrix.accessToken',
    env: 'MATRIX_ACCESS_TOKEN',
    kind: 'secret',
    expected: 'one line of printable ASCII characters without spaces',
    meaning: 'Access token of the Matrix user that writes',
  },
  {
    ...base,
    key: 'matrix.room',
    env: 'MATRIX_ROOM',
    expected: 'a room id (!…) or an alias (#name:server)',
    meaning:
      'Room that is written to; with `routes`, the room of what no route matches, and it may be left out',
  },
  {
    ...base,
    key: 'routes',
    env: null,
    kind: 'list',
    defaultNote: 'everything goes to `MATRIX_ROOM`',
    expected: 'a list of routes, each with rooms, or with mute: true',
    meaning: 'Which pushes go to which rooms: see [notifications](../notifications.md)',
  },
  {
    ...base,
    key: 'adminToken',
    env: 'ADMIN_TOKEN',
    kind: 'secret',
    defaultNote: 'the page and the API can be read on this machine only, and nothing can be changed by them',
    expected: 'one line of at least 16 printable ASCII characters without spaces',
    meaning: 'Token to sign in to the page with, or to send to the API as a bearer token',
  },
  {
    ...base,
    key: 'auditKey',
    env: 'AUDIT_KEY',
    kind: 'secret',
    defaultNote: 'one is made in the data directory',
    expected: 'one line of at least 16 characters',
    meaning:
      'Key that seals the log; the same on every machine that serves one ledger, and kept safe elsewhere',
  },
  {
    ...base,
    key: 'ignore.pushers',
    env: null,
    kind: 'list',
    default: 'gitea-actions',
    expected: 'a list of login names',
    meaning: 'Login names whose pushes are recorded but not announced; `*` stands for anything',
  },
  {
    ...base,
    key: 'ignore.ownAccount',
    env: null,
    default: 'true',
    expected: 'true or false',
    meaning:
      'Whether the account of `GITEA_TOKEN` is one of them, where the token may tell its name (scope `read:user`)',
  },
  {
    ...base,
    key: 'ignore.authors',
    env: null,
    kind: 'list',
    defaultNote: 'nobody',
    expected: 'a list of names or e-mail addresses, in which * stands for anything',
    meaning: 'A push is not announced when all of its commits are by these authors',
  },
  {
    ...base,
    key: 'ignore.messages',
    env: null,
    kind: 'list',
    default: '[skip notify]',
    expected: 'a list of texts, in which * stands for anything',
    meaning: 'A push is not announced when the message of its newest commit contains one of these',
  },
  {
    ...base,
    key: 'dagEngine.url',
    env: 'DAG_ENGINE_URL',
    defaultNote: 'no DAG is triggered',
    expected: address,
    meaning:
      'Address that each push is posted to, so that it starts a DAG: see [dag_engine](../dag-engine.md)',
  },
  {
    ...base,
    key: 'dagEngine.token',
    env: 'DAG_ENGINE_TOKEN',
    kind: 'secret',
    expected: 'one line of printable ASCII characters without spaces',
    meaning: 'Bearer token for dag_engine',
  },
  {
    ...base,
    key: 'dagEngine.dag',
    env: 'DAG_ENGINE_DAG',
    default: 'gitea_push',
    expected: 'the name of a DAG, of 1 to 255 characters',
    meaning: 'DAG of the repositories that none of `dagEngine.dags` matches',
  },
  {
    ...base,
    key: 'dagEngine.dags',
    env: null,
    kind: 'list',
    defaultNote: 'all repositories start `dagEngine.dag`',
    expected:
      'a list of rules, each with repository (a pattern such as acme/*) and dag (a name, or null for none)',
    meaning: 'DAGs by repository; the first rule that matches counts',
  },
  {
    ...base,
    key: 'dagEngine.maxAge',
    env: 'DAG_MAX_AGE',
    default: '24h',
    expected: 'a duration such as 90s, 15m, 24h or 7d, from 1s to 365d',
    meaning: 'A push older than this triggers nothing, until a person wants it to',
  },
  {
    ...base,
    key: 'notifyMaxAge',
    env: 'NOTIFY_MAX_AGE',
    default: '24h',
    expected: 'a duration such as 90s, 15m, 24h or 7d, from 1s to 365d',
    meaning: 'A push older than this is not announced',
  },
  {
    ...base,
    key: 'notify.mode',
    env: 'NOTIFY_MODE',
    default: 'edit',
    expected: 'edit or digest',
    meaning:
      '`edit`: the first push of a repository is announced at once, and those that follow within the window by editing ' +
      'that message; `digest`: all pushes of a window come as one message at its end',
  },
  {
    ...base,
    key: 'notify.window',
    env: 'NOTIFY_WINDOW',
    default: '60s',
    expected: 'a duration such as 30s or 5m, from 0s (each push is a message of its own) to 1h',
    meaning: 'How long the pushes of a repository go into the same message of a room',
  },
  {
    ...base,
    key: 'notify.editInterval',
    env: 'NOTIFY_EDIT_INTERVAL',
    default: '5s',
    expected: 'a duration such as 5s, from 100ms to 10m',
    meaning: 'A message is edited at most this often',
  },
  {
    ...base,
    key: 'notify.rate',
    env: 'NOTIFY_RATE',
    default: '0.2',
    expected: 'a number from 0.01 to 1000',
    meaning:
      'Messages and edits a second, in the long run, that the homeserver takes from the account (`rc_message` of Synapse)',
  },
  {
    ...base,
    key: 'notify.burst',
    env: 'NOTIFY_BURST',
    default: '10',
    expected: 'a whole number from 1 to 10000',
    meaning: 'Messages and edits that the homeserver takes at once',
  },
  {
    ...base,
    key: 'enrichment.rate',
    env: 'ENRICHMENT_RATE',
    default: '5',
    expected: 'a number from 0.1 to 100',
    meaning:
      'Requests a second, at most, by which all commits of a push and whether it was forced are asked of Gitea',
  },
  {
    ...base,
    key: 'enrichment.maxAge',
    env: 'ENRICHMENT_MAX_AGE',
    default: '7d',
    expected: 'a duration such as 90s, 15m, 24h or 7d, from 1s to 365d',
    meaning: 'Gitea is not asked about a push that was received longer ago than this',
  },
  {
    ...base,
    key: 'recovery.interval',
    env: 'RECOVERY_INTERVAL',
    default: '15m',
    expected: 'a duration such as 90s, 15m, 24h or 7d, from 1m to 365d, or off',
    meaning:
      'How often Gitea is asked for pushes that never arrived; `off`: at the start, and when there is a reason',
  },
  {
    ...base,
    key: 'recovery.announceMaxAge',
    env: 'RECOVERY_ANNOUNCE_MAX_AGE',
    defaultNote: 'that of `NOTIFY_MAX_AGE`',
    expected: 'a duration such as 90s, 15m, 24h or 7d, from 1s to 365d',
    meaning: 'A recovered push that happened longer ago than this is recorded, and not announced',
  },
  {
    ...base,
    key: 'bodyLimit',
    env: 'BODY_LIMIT',
    default: '8MiB',
    expected: 'bytes, or a size such as 512KiB or 8MiB, from 1KiB to 1GiB',
    meaning: 'Largest delivery that is taken',
  },
  {
    ...base,
    key: 'spoolAfter',
    env: 'SPOOL_AFTER',
    default: '2s',
    expected: 'a duration such as 500ms or 2s, from 10ms to 60s',
    meaning:
      'A delivery that the event store has not taken by then goes to the spool; Gitea itself gives up after 5 s',
  },
  {
    ...base,
    key: 'spoolLimit',
    env: 'SPOOL_LIMIT',
    default: '1GiB',
    expected: 'bytes, or a size such as 512MiB or 4GiB, from 1MiB to 1024GiB',
    meaning: 'Most that waits in the spool; beyond it deliveries are refused with 503',
  },
  {
    ...base,
    key: 'healthDetails',
    env: 'HEALTH_DETAILS',
    default: 'names',
    expected: 'names or counts',
    meaning: 'Whether `/webhook/health` names repositories or only counts them',
  },
  {
    ...base,
    key: 'logLevel',
    env: 'LOG_LEVEL',
    default: 'info',
    expected: 'trace, debug, info, warn, error, fatal or silent',
    meaning: 'Least important log lines that are written',
  },
];

/** The setting of a key. @throws Error for a key that is not declared: a mistake in this code, not in a configuration */
export function settingOf(key: string): Setting {
  const found = settings.find((setting) => setting.key === key);
  if (found === undefined) throw new Error(`no setting is declared with the key ${key}`);
  return found;
}
