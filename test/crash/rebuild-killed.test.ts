import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pushDrafts } from '../projections/support/facts.ts';
import { createProjectedLog, type ProjectedLog, type Rows } from '../projections/support/projected-log.ts';
import { until } from '../support/condition.ts';
import { passableDirectory } from '../support/postgres-directory.ts';
import { type Program, startProgram } from '../support/service-process.ts';

const pushCount = 12_000;
const kills = 10;

let projected: ProjectedLog;
let right: Rows;
let cwd: string;
beforeAll(async () => {
  projected = await createProjectedLog();
  cwd = await passableDirectory();
  for (let from = 0; from < pushCount; from += 1_000)
    await projected.append(...pushDrafts(1_000, { position: from + 1 }));
  await projected.project(undefined, 1_000);
  right = await projected.rows();
}, 120_000);
afterAll(() => projected.close());

const rebuild = (): Program =>
  startProgram(['rebuild'], {
    cwd,
    env: { DATABASE_URL: projected.url, PUSHLEDGER_DATA_DIR: cwd, PUSHLEDGER_INSTANCE: 'gitea.test' },
  });

/** How far the shadow of `data_factory` is; null while there is none. */
async function built(): Promise<number | null> {
  try {
    const { rows } = await projected.admin.query<{ position: string | null }>(
      `select position from pushledger_rebuild_data_factory.progress_data_factory`,
    );
    return rows[0] ? Number(rows[0].position ?? 0) : null;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === undefinedTable) return null;
    throw error;
  }
}

const undefinedTable = '42P01';

/** By what the server knows: a killed one's last statement may still be running. */
const gone = () =>
  until('the end of the killed rebuild', async () => {
    const { rows } = await projected.admin.query(
      `select 1 from pg_stat_activity where datname = current_database() and application_name = 'pushledger rebuild'`,
    );
    return rows.length === 0;
  });

async function isBuilding(program: Program): Promise<void> {
  await until(
    'a rebuild that builds',
    async () => {
      const { rows } = await projected.admin.query(
        `select 1 from pg_stat_activity where datname = current_database() and application_name = 'pushledger rebuild'`,
      );
      return rows.length > 0 || program.process.exitCode !== null;
    },
    30_000,
  );
}

test('killed at ten random points, each rebuild goes on behind the last one, and the live tables are never half changed', async () => {
  const spoiled = `update data_factory.nodes set name = 'lies';
                   update data_factory.runs set message = 'lies' where commit_count >= 0;
                   delete from pushledger.pushes`;
  await projected.admin.query(spoiled);
  const wrong = await projected.rows();
  // One takes this long from its first connection; most of the kills fall into it.
  const started = performance.now();
  const whole = rebuild();
  await isBuilding(whole);
  const from = performance.now();
  expect((await whole.ended).status).toBe(0);
  const length = performance.now() - from;
  expect(await projected.rows()).toEqual(right);
  await projected.admin.query(spoiled);

  let killed = 0;
  let resumed = 0;
  const states = { wrong: 0, partly: 0, right: 0 };
  while (killed < kills) {
    const before = await built();
    const program = rebuild();
    await isBuilding(program);
    // The random time is what this test is about.
    await pause(randomInt(Math.ceil(length)));
    const { signal } = await program.end('SIGKILL');
    await gone();
    if (signal !== 'SIGKILL') {
      // It was done before: the next one has to begin anew.
      await projected.admin.query(spoiled);
      continue;
    }
    killed++;
    const after = await built();
    if (before !== null && after !== null) {
      // It did not start from the first event again.
      expect(after).toBeGreaterThanOrEqual(before);
      if (before > 0) resumed++;
    }
    // Each projection is either as it was, or as it is to be.
    const rows = await projected.rows();
    for (const tables of [
      ['data_factory.nodes', 'data_factory.runs'],
      ['pushledger.pushes'],
      ['call_monitor.calls'],
    ]) {
      const of = (all: Rows) => JSON.stringify(tables.map((table) => all[table]));
      expect([of(wrong), of(right)].includes(of(rows))).toBe(true);
    }
    const isRight = JSON.stringify(rows) === JSON.stringify(right);
    const isWrong = JSON.stringify(rows) === JSON.stringify(wrong);
    states[isRight ? 'right' : isWrong ? 'wrong' : 'partly']++;
    if (isRight) await projected.admin.query(spoiled);
  }
  const last = await rebuild().ended;
  expect(last).toMatchObject({ status: 0 });
  expect(await projected.rows()).toEqual(right);
  expect(await projected.shadows()).toEqual([]);
  console.info(
    `${killed} kills of a rebuild of ${Math.round(length)} ms; ${resumed} went on behind another; after them`,
    states,
    `${Math.round((performance.now() - started) / 1_000)} s`,
  );
});

test('killed in the middle of the log, the next one takes up what was built', async () => {
  const killed = rebuild();
  const before = await until('a part of the log', async () => (await built()) || null, 30_000);
  await killed.end('SIGKILL');
  await gone();
  const left = await built();
  expect(left).toBeGreaterThanOrEqual(before);
  expect(left).toBeLessThan(pushCount);

  const next = rebuild();
  const seen: number[] = [];
  // A new beginning would be seen as a place nearer to the start, or as none at all while it still builds.
  await until(
    'the end of the next one',
    async () => {
      const position = await built();
      if (position !== null) seen.push(position);
      return next.process.exitCode !== null;
    },
    60_000,
  );
  expect((await next.ended).status).toBe(0);
  expect(Math.min(...seen)).toBe(left);
  expect(await projected.rows()).toEqual(right);
});
