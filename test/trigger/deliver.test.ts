import { expect, it } from 'vitest';
import type { DagEngine } from '../../src/trigger/dag-engine.ts';
import { deliver } from '../../src/trigger/deliver.ts';
import { createGate } from '../../src/trigger/gate.ts';
import { runRequest } from '../../src/trigger/run-request.ts';
import { TriggerError } from '../../src/trigger/trigger-error.ts';
import { silent } from '../event-store/support/postgres-log.ts';
import { createManualClock } from '../ingest/spool/support/manual-clock.ts';
import { until } from '../support/condition.ts';
import { pushOf } from '../support/event-drafts.ts';

it('a dag_engine that is away for longer than a push is news is not asked for it any more', async () => {
  const clock = createManualClock();
  const forever = new AbortController().signal;
  let requests = 0;
  const engine: DagEngine = {
    trigger: () => {
      requests++;
      return Promise.reject(new TriggerError('unanswered', 'HTTP 503'));
    },
  };
  const expiresAt = new Date(clock.now().getTime() + 3_600_000);
  const problems: (string | null)[] = [];
  const delivering = deliver(
    runRequest(pushOf('a change'), 'gitea_push'),
    expiresAt,
    {
      engine,
      gate: createGate({ clock, threshold: 10_000 }),
      clock,
      logger: silent,
      backoff: { firstMs: 1_000, maxMs: 60_000 },
      onProblem: (problem) => problems.push(problem),
    },
    { stop: forever, abandon: forever },
  );
  let delivery: Awaited<typeof delivering> | null = null;
  delivering.then((ended) => {
    delivery = ended;
  });
  await until('the end', () => {
    if (delivery === null) clock.advance(5_000);
    return delivery;
  });
  expect(delivery).toMatchObject({ outcome: 'expired', attempts: requests });
  expect(clock.now().getTime()).toBeGreaterThan(expiresAt.getTime());
  expect(clock.now().getTime()).toBeLessThan(expiresAt.getTime() + 120_000);
  // About one a minute, not one a step.
  expect(requests).toBeGreaterThan(50);
  expect(requests).toBeLessThan(150);
  expect(problems.at(0)).toBe('HTTP 503');
  expect(problems.at(-1)).toBeNull();
});
