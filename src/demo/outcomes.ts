import type { Pool } from 'pg';
import { listNotifications } from '../notifier/list-notifications.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DeliveryAnswer } from './deliver.ts';
import type { DemoDelivery } from './deliveries.ts';

/** What came of a delivery, beside what was to come of it. */
export interface DemoOutcome {
  readonly delivery: DemoDelivery;
  readonly answer: string;
  /** Status of the run, or null. */
  readonly run: string | null;
  /** Text of the message that names the push, or null. */
  readonly message: string | null;
}

const patienceMs = 20_000;
const lookMs = 100;

/** Reads runs and messages until all are as they should be, or patience ends. */
export async function awaitOutcomes(
  pool: Pool,
  clock: Clock,
  delivered: readonly { readonly delivery: DemoDelivery; readonly answer: DeliveryAnswer }[],
): Promise<DemoOutcome[]> {
  const until = clock.now().getTime() + patienceMs;
  for (;;) {
    const outcomes = await readOutcomes(pool, delivered);
    if (outcomes.every(isAsExpected) || clock.now().getTime() > until) return outcomes;
    await clock.sleep(lookMs);
  }
}

export function isAsExpected({ delivery: { expected }, answer, run, message }: DemoOutcome): boolean {
  return answer === expected.answer && run === expected.run && (message !== null) === expected.message;
}

async function readOutcomes(
  pool: Pool,
  delivered: readonly { readonly delivery: DemoDelivery; readonly answer: DeliveryAnswer }[],
): Promise<DemoOutcome[]> {
  const { rows } = await pool.query<{ push_id: string; status: string }>(
    `select push_id, status from data_factory.runs where recorded_by = 'pushledger'`,
  );
  const runs = new Map(rows.map((row) => [row.push_id, row.status]));
  const sent = await listNotifications(pool, { state: 'sent', limit: 100 });
  return delivered.map(({ delivery, answer }) => {
    const message = sent.find(({ pushIds }) => pushIds.some((id) => id === answer.pushId));
    return {
      delivery,
      answer: `${answer.status} ${answer.word}`,
      run: (answer.pushId && runs.get(answer.pushId)) ?? null,
      message: message ? String(message.content.body) : null,
    };
  });
}
