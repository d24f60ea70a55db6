import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

export interface DatabaseFacts {
  /** As in `server_version_num`: 150004 is 15.4. */
  readonly version: number;
  readonly embedded: boolean;
  readonly readOnly: boolean;
  readonly mayCreateSchemas: boolean;
  readonly hasSchema: boolean;
  readonly fsync: boolean;
  readonly connections: { readonly used: number; readonly most: number };
}

/** What the statements of the migrations need. */
const oldestVersion = 14;
/** A process of ours has about so many connections. */
const ourConnections = 20;

export function judgeDatabase(facts: DatabaseFacts): Judgement[] {
  const major = Math.floor(facts.version / 10_000);
  const findings: Judgement[] = [];
  if (major < oldestVersion) {
    findings.push(
      wrong(
        `PostgreSQL ${major} is too old`,
        `use ${oldestVersion} or newer, or the embedded one without DATABASE_URL`,
      ),
    );
  }
  if (facts.readOnly) {
    findings.push(
      wrong('the server takes no writes (a standby?)', 'let DATABASE_URL name the primary server'),
    );
  }
  if (!facts.mayCreateSchemas && !facts.hasSchema) {
    findings.push(
      wrong(
        'this user may not create schemas',
        'grant create on database … to …: the first start makes its schemas',
      ),
    );
  }
  if (!facts.fsync) {
    findings.push(
      warning('fsync is off', 'a crash of the machine loses pushes that were answered: switch it on'),
    );
  }
  const free = facts.connections.most - facts.connections.used;
  if (free < ourConnections) {
    findings.push(
      warning(
        `only ${free} of ${facts.connections.most} connections are free`,
        'raise max_connections: a process needs up to 20',
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(`PostgreSQL ${major}${facts.embedded ? ', the embedded one' : ''}, writable`)];
}

export const database = checkOf(
  'database',
  'server',
  async (world): Promise<DatabaseFacts> => {
    const pool = await world.connect();
    const { rows } = await pool.query<{
      version: number;
      read_only: boolean;
      may_create: boolean;
      has_schema: boolean;
      fsync: boolean;
      used: number;
      most: number;
    }>(`
      select current_setting('server_version_num')::int as version,
             pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only,
             has_database_privilege(current_database(), 'CREATE') as may_create,
             to_regnamespace('pushledger') is not null as has_schema,
             current_setting('fsync')::boolean as fsync,
             (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
             current_setting('max_connections')::int as most
    `);
    const [row] = rows;
    if (!row) throw new Error('the server answered nothing');
    return {
      version: row.version,
      embedded: world.config.databaseUrl === null,
      readOnly: row.read_only,
      mayCreateSchemas: row.may_create,
      hasSchema: row.has_schema,
      fsync: row.fsync,
      connections: { used: row.used, most: row.most },
    };
  },
  judgeDatabase,
);
