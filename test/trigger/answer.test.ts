import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { asRunId, readAnswer } from '../../src/trigger/answer.ts';
import { retryAfterMs } from '../../src/trigger/retry-after.ts';

const nothing = { remoteRunId: null, remoteUrl: null };

describe('what dag_engine said', () => {
  it.each([
    ['{"run_id":"r-1"}', 'r-1'],
    ['{"runId":"r-1"}', 'r-1'],
    ['{"dag_run_id":"manual__2026"}', 'manual__2026'],
    ['{"id":42}', '42'],
    ['{"run":{"id":"r-1"}}', 'r-1'],
    ['{"run":{"run_id":"r-1"},"run_id":"outer"}', 'outer'],
    ['{"run_id":"  two\\nlines\\u0000 "}', 'two lines\uFFFD'],
    ['{"run_id":null,"id":"r-1"}', 'r-1'],
    ['{"run_id":""}', null],
    ['{"run_id":{}}', null],
    ['{"run":[]}', null],
    ['[]', null],
    ['"r-1"', null],
    ['<html>', null],
    ['', null],
  ])('%s names the run %s', (text, remoteRunId) => {
    expect(readAnswer(text)).toEqual({ ...nothing, remoteRunId });
  });

  it.each([
    ['https://dags.test/runs/1', 'https://dags.test/runs/1'],
    ['javascript:alert(1)', null],
    ['https://user:secret@dags.test/', null],
    ['/runs/1', null],
    [`https://dags.test/${'x'.repeat(3_000)}`, null],
  ])('gives %s as the place to look at only where it is one', (url, remoteUrl) => {
    expect(readAnswer(JSON.stringify({ url }))).toEqual({ ...nothing, remoteUrl });
  });

  it('is cut where it is too long', () => {
    expect(readAnswer(JSON.stringify({ run_id: 'x'.repeat(5_000) })).remoteRunId).toHaveLength(255);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map((value) => JSON.stringify({ run: value, run_id: value, url: value })),
        ),
        (text) => {
          const { remoteRunId } = readAnswer(text);
          expect(remoteRunId === null || remoteRunId.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});

describe('an id that dag_engine gave', () => {
  it.each([
    ['0198C0DE-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000001'],
    ['3f2504e0-4f89-41d3-9a0c-0305e82c3301', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
    // Of the version that our own ids have: it could be that of a push.
    ['2ed6657d-e927-568b-95e1-2665a8aea6a2', null],
    ['00000000-0000-0000-0000-000000000000', null],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', null],
    ['manual__2026', null],
    [null, null],
  ])('%s is the id of the row: %s', (given, runId) => {
    expect(asRunId(given)).toBe(runId);
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-02-03T04:05:06Z');
  it.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Tue, 03 Feb 2026 04:06:06 GMT', 60_000],
    ['99999999999', 3_600_000],
    ['Tue, 03 Feb 2099 04:06:06 GMT', 3_600_000],
    ['0', undefined],
    ['Tue, 03 Feb 2026 04:00:00 GMT', undefined],
    ['-5', undefined],
    ['soon', undefined],
    [null, undefined],
  ])('%s is a pause of %s ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
