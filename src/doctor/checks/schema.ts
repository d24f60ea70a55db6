import { readdir } from 'node:fs/promises';
import { inTransaction } from '../../postgres/transaction.ts';
import { allProjections } from '../../projections/all.ts';
import { refuseIncompatibleTables } from '../../projections/compatibility.ts';
import { CodedError } from '../../runtime/errors.ts';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

export interface SchemaFacts {
  /** What tables of other programs lack for ours, one a line. */
  readonly differences: readonly string[];
  /** Names of migrations that this program has. */
  readonly known: readonly string[];
  /** Names of those that the database has. */
  readonly applied: readonly string[];
}

export function judgeSchema({ differences, known, applied }: SchemaFacts): Judgement[] {
  const newer = applied.filter((name) => !known.includes(name));
  const missing = known.filter((name) => !applied.includes(name));
  const findings = differences.map((difference) =>
    wrong(difference, 'alter the table, or use another database'),
  );
  if (newer.length > 0) {
    findings.push(
      wrong(
        `the database was changed by a newer version of pushledger (${newer.join(', ')})`,
        'run that version again, or update this one',
      ),
    );
  } else if (applied.length === 0) {
    findings.push(ok('the schemas are made by the first start'));
  } else if (missing.length > 0) {
    findings.push(
      warning(
        `the database has the tables of an older version`,
        'start `pushledger serve`, which brings them up to date',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`up to date (${applied.length} migrations)`)];
}

const shared = allProjections.flatMap(({ tables }) => tables).filter((table) => table.shared);

export const schema = checkOf(
  'database',
  'schema',
  async (world): Promise<SchemaFacts> => {
    const pool = await world.connect();
    const differences = await inTransaction(pool, (client) => refuseIncompatibleTables(client, shared)).then(
      () => [],
      (error: unknown) => {
        if (!(error instanceof CodedError && error.code === 'SCHEMA_INCOMPATIBLE')) throw error;
        return linesOf(error.detail ?? error.message);
      },
    );
    const found = await pool.query<{ found: boolean }>(
      `select to_regclass('pushledger.migrations') is not null as found`,
    );
    const applied = found.rows[0]?.found
      ? (await pool.query<{ name: string }>('select name from pushledger.migrations order by name')).rows
      : [];
    const files = await readdir(new URL('../../postgres/migrations/', import.meta.url));
    return {
      differences,
      known: files.filter((file) => file.endsWith('.sql')).map((file) => file.replace(/\.sql$/, '')),
      applied: applied.map(({ name }) => name),
    };
  },
  judgeSchema,
);

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .map((line) => line.slice(4));
}
