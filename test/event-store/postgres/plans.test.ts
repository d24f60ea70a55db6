import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as statements from '../../../src/event-store/postgres/statements.ts';
import { createPostgresLog, type PostgresLog } from '../support/postgres-log.ts';

const rows = 5_000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string | undefined;
  readonly Plans?: readonly Plan[] | undefined;
}
const planSchema: z.ZodType<Plan> = z.object({
  'Node Type': z.string(),
  'Index Name': z.string().optional(),
  Plans: z.lazy(() => planSchema.array()).optional(),
});
const explainSchema = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planSchema })]) })]);

describe('the plan of', () => {
  let log: PostgresLog;

  beforeAll(async () => {
    log = await createPostgresLog();
    await log.admin.query(
      `insert into pushledger.events (event_id, stream, type, data, metadata, correlation_id)
       select gen_random_uuid(), 'pushledger.test-' || n, 'PushRedelivered', repeat('x', 900), '{}', 'push-' || n % 500
       from generate_series(1, $1) as n`,
      [rows],
    );
    await log.admin.query('analyze pushledger.events');
  });
  afterAll(() => log.close());

  /** All nodes of a plan, for these values, or (null) for any. */
  async function nodesOf(statement: string, values: readonly unknown[] | null): Promise<Plan[]> {
    const options = values ? 'format json' : 'format json, generic_plan';
    const result = await log.admin.query(
      `explain (${options}) ${statement}`,
      values ? [...values] : undefined,
    );
    const [{ 'QUERY PLAN': explained }] = explainSchema.parse(result.rows);
    const flatten = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flatten)];
    return flatten(explained[0].Plan);
  }

  it.each<[string, string, string, readonly unknown[] | null]>([
    ['a page from the start', statements.readPage, 'events_pkey', [0, 500]],
    ['a page from the middle', statements.readPage, 'events_pkey', [rows / 2, 500]],
    ['a page at the end', statements.readPage, 'events_pkey', [rows, 500]],
    ['any page', statements.readPage, 'events_pkey', null],
    ['one stream', statements.readStreams, 'events_stream_key', [['pushledger.test-7']]],
    [
      'fifty streams',
      statements.readStreams,
      'events_stream_key',
      [Array.from({ length: 50 }, () => `pushledger.test-${randomUUID()}`)],
    ],
    ['any streams', statements.readStreams, 'events_stream_key', null],
    ['a body', statements.readBody, 'events_stream_key', ['pushledger.test-7']],
    ['a count', statements.countCorrelated, 'events_correlation_id_type', ['push-7', 'PushRedelivered', 100]],
    ['any count', statements.countCorrelated, 'events_correlation_id_type', null],
    ['the head', statements.head, 'events_pkey', []],
  ])('%s uses an index, and neither sorts nor scans the table', async (_, statement, index, values) => {
    const nodes = await nodesOf(statement, values);
    expect(nodes.map((node) => node['Index Name'])).toContain(index);
    const types = nodes.map((node) => node['Node Type']);
    expect(types).not.toContain('Seq Scan');
    expect(types).not.toContain('Sort');
  });

  it('an unindexed read does scan and sort, so that this test would see it', async () => {
    const nodes = await nodesOf('select stream from pushledger.events where data = $1 order by metadata', [
      'x',
    ]);
    expect(nodes.map((node) => node['Node Type'])).toEqual(expect.arrayContaining(['Seq Scan', 'Sort']));
  });
});
