import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mixedDrafts, pushDrafts } from '../projections/support/facts.ts';
import { createProjectedLog, type ProjectedLog, type Rows } from '../projections/support/projected-log.ts';
import { until } from '../support/condition.ts';
import { passableDirectory } from '../support/postgres-directory.ts';
import { type Ended, type Program, startProgram } from '../support/service-process.ts';

const options = { timeout: 60_000 };
let projected: ProjectedLog;
let right: Rows;
let cwd: string;
beforeEach(async () => {
  projected = await createProjectedLog();
  cwd = await passableDirectory();
  await projected.append(...mixedDrafts(10));
  await projected.project();
  right = await projected.rows();
});
afterEach(() => projected.close());

const start = (...args: string[]): Program =>
  startProgram(['rebuild', ...args], {
    cwd,
    env: { DATABASE_URL: projected.url, PUSHLEDGER_DATA_DIR: cwd, PUSHLEDGER_INSTANCE: 'gitea.test' },
  });
const run = (...args: string[]): Promise<Ended> => start(...args).ended;

test('what was changed, removed and added by hand is found with status 1, mended, and then no more found', {
  timeout: 120_000,
}, async () => {
  expect(await run('--dry-run')).toMatchObject({ status: 0 });
  await projected.admin.query(`
    update data_factory.nodes set name = 'lies' where repo_id = 1;
    delete from call_monitor.calls where function_name = 'event_store.append';
    insert into data_factory.runs (run_id, node_id, recorded_by)
      select gen_random_uuid(), min(node_id), 'pushledger' from data_factory.nodes`);
  const wrong = await projected.rows();

  const found = await run('--dry-run');
  expect(found.status).toBe(1);
  expect(found.stdout).toMatch(/^projection +table +added +changed +removed$/m);
  expect(found.stdout).toMatch(/^data_factory +data_factory\.nodes +0 +1 +0$/m);
  expect(found.stdout).toMatch(/^data_factory +data_factory\.runs +0 +0 +1$/m);
  expect(found.stdout).toMatch(/^call_monitor +call_monitor\.calls +10 +0 +0$/m);
  expect(await projected.rows()).toEqual(wrong);

  const mended = await run('--json');
  expect(mended.status).toBe(0);
  expect(JSON.parse(mended.stdout)).toContainEqual({
    projection: 'call_monitor',
    differences: [{ table: 'call_monitor.calls', added: 10, changed: 0, removed: 0 }],
  });
  expect(await projected.rows()).toEqual(right);
  expect(await run('--dry-run')).toMatchObject({ status: 0, stderr: '' });
});

describe('--until', () => {
  const built = async (schema: string, table: string) => {
    const { rows } = await projected.admin.query<{ row: string }>(
      `select t::text as row from ${schema}.${table} t order by 1`,
    );
    return rows.map(({ row }) => row);
  };

  test('a position gives the rows as they were then, beside the live ones', options, async () => {
    const position = await projected.store.head();
    await projected.append(...mixedDrafts(6, { position: 70 }));
    await projected.project();
    const now = await projected.rows();
    const { status, stdout } = await run('--until', String(position), '--json');
    expect(status).toBe(0);
    const { schema, tables } = JSON.parse(stdout);
    expect(schema).toBe(`pushledger_until_${position}`);
    expect(tables).toHaveLength(7);
    // Nothing but the tables: what was on its way into them is gone.
    const kept = await projected.admin.query('select 1 from pg_tables where schemaname = $1', [schema]);
    expect(kept.rows).toHaveLength(tables.length);
    for (const [table, rows] of Object.entries(right)) {
      expect(await built(schema, table.split('.')[1] ?? '')).toEqual(rows);
    }
    expect(await projected.rows()).toEqual(now);
    // Once more gives the same.
    expect(await run('--until', String(position))).toMatchObject({ status: 0 });
    expect(await built(schema, 'runs')).toEqual(right['data_factory.runs']);
  });

  test('a time means the last event that was recorded by then, in log order', options, async () => {
    // Its clock is behind: it is older than the one before it, and comes later.
    await projected.append(...pushDrafts(1, { position: 5_000, repositoryId: 8 }));
    await projected.append(...pushDrafts(1, { position: 2_000, repositoryId: 9 }));
    await projected.append(...pushDrafts(1, { position: 6_000, repositoryId: 10 }));
    const at = new Date(Date.UTC(2026, 1, 3, 4, 5, 3_000)).toISOString();
    const { status, stdout } = await run('data_factory', '--until', at, '--json');
    expect(status).toBe(0);
    const { schema, tables } = JSON.parse(stdout);
    expect(tables).toEqual(['repositories', 'nodes', 'runs'].map((name) => `${schema}.${name}`));
    const { rows } = await projected.admin.query(
      `select repository_id::int as id from ${schema}.repositories order by 1`,
    );
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 8, 9]);
  });

  test.each([
    'yesterday',
    '2026-02-30',
    '2026-02-03T25:00:00Z',
    '2026-02-03T04:05:06',
    '5 apples',
    '-1',
    '99999999999999999999',
    '1999-01-01',
  ])('%s is refused with status 2', options, async (time) => {
    const { status, stderr } = await run(`--until=${time}`);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^pushledger: the command was called wrongly: /);
    expect(await projected.shadows()).toEqual([]);
  });
});

test('an unknown projection is refused with status 2, and the known ones are named', options, async () => {
  const { status, stderr } = await run('nonsense');
  expect(status).toBe(2);
  expect(stderr).toContain('nonsense');
  expect(stderr).toContain('data_factory');
});

describe('ended while it waits to take over', () => {
  let program: Program;
  beforeEach(async () => {
    await projected.admin.query(`update data_factory.runs set message = 'lies'`);
    await projected.admin.query(`begin; select 1 from pushledger.checkpoints for update`);
    program = start();
    await until(
      'a rebuild that waits for the checkpoint',
      async () => {
        const { rows } = await projected.pool.query(
          `select 1 from pg_stat_activity
           where datname = current_database() and application_name = 'pushledger rebuild' and wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      },
      30_000,
    );
  });

  async function expectNothingDone(): Promise<void> {
    await projected.admin.query(`rollback`);
    const { rows } = await projected.admin.query(`select distinct message from data_factory.runs`);
    expect(rows).toEqual([{ message: 'lies' }]);
    expect(await run()).toMatchObject({ status: 0 });
    expect(await projected.rows()).toEqual(right);
  }

  test('by Ctrl-C, it ends at once with one line, and the next one goes on', options, async () => {
    const { status, stderr } = await program.end('SIGINT');
    expect(status).toBe(1);
    expect(stderr).toBe('pushledger: stopped by SIGINT\n');
    await expectNothingDone();
  });

  test('by a database that goes away, it says so with status 1', options, async () => {
    await projected.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'pushledger rebuild'`,
    );
    const { status, stderr } = await program.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^pushledger: the database cannot be reached: .*No live table was changed by halves/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    await expectNothingDone();
  });
});
