import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, fixture, type TestDelivery } from '../../support/delivery.ts';
import type { StoreMode } from './support/memory-store.ts';
import { spoolAfterMs, startSpooledIngest } from './support/spooled-ingest.ts';

type Step =
  | { readonly do: 'send'; readonly repository: number }
  /** One of those that were sent, again: by its sender's proxy, or by "Redeliver" under another delivery id. */
  | { readonly do: 'again'; readonly which: number; readonly sameId: boolean }
  | { readonly do: 'store'; readonly mode: StoreMode }
  | { readonly do: 'time'; readonly ms: number }
  /** All that can happen without time passing happens. */
  | { readonly do: 'settle' }
  | { readonly do: 'drain' };

const modes: readonly StoreMode[] = ['takes', 'takes', 'fails', 'silent', 'loses-answers'];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('send' as const), repository: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat(), sameId: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('store' as const), mode: fc.constantFrom(...modes) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(10, 500, spoolAfterMs, 6_000),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'drain' as const }) },
);

/** A push to the branch that the repository's pushes all go to. The same few commits, so that they come back. */
function push(repository: number, number: number): TestDelivery & { readonly number: number } {
  const body = fixture('push-force-rewrite');
  const after = createHash('sha1')
    .update(String(number % 4))
    .digest('hex');
  const changed = { ...body, after, number, repository: { ...body.repository, id: repository } };
  return { number, body: bytesOf(changed), deliveryId: randomUUID() };
}

const digestOf = ({ body }: TestDelivery) => createHash('sha256').update(body).digest('hex');

test('whatever the store does, each push ends in the log once, and those of a repository in the order they came', async () => {
  let [spooled, live] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const ingest = startSpooledIngest();
      const sent: { repository: number; delivery: TestDelivery }[] = [];
      const answers: Promise<string>[] = [];
      try {
        for (const each of steps) {
          switch (each.do) {
            case 'send': {
              const delivery = push(each.repository, sent.length);
              sent.push({ repository: each.repository, delivery });
              answers.push(ingest.send(delivery));
              break;
            }
            case 'again': {
              const { delivery } = sent[each.which % (sent.length || 1)] ?? {};
              if (!delivery) break;
              answers.push(ingest.send(each.sameId ? delivery : { ...delivery, deliveryId: randomUUID() }));
              break;
            }
            case 'store':
              ingest.store.mode(each.mode);
              break;
            case 'time':
              ingest.clock.advance(each.ms);
              break;
            case 'settle':
              for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
              break;
            case 'drain':
              ingest.drain();
          }
        }
        let open = answers.length;
        for (const answer of answers) void answer.finally(() => open--);
        await ingest.passing('every answer', () => open === 0);
        ingest.store.mode('takes');
        await ingest.drained();

        const statuses = await Promise.all(answers);
        expect(statuses.filter((status) => !['accepted', 'duplicate', 'spooled'].includes(status))).toEqual(
          [],
        );
        for (const repository of new Set(sent.map((each) => each.repository))) {
          const stored = ingest.pushes().filter(({ data }) => data.repository.id === repository);
          const expected = sent.filter((each) => each.repository === repository);
          expect(stored.map(({ data }) => data.body?.digest)).toEqual(
            expected.map(({ delivery }) => digestOf(delivery)),
          );
        }
        expect(ingest.status()).toMatchObject({ state: 'ok', parked: 0 });
        spooled += statuses.filter((status) => status === 'spooled').length;
        live += statuses.length - statuses.filter((status) => status === 'spooled').length;
      } finally {
        await ingest.stop();
      }
    }),
    { numRuns: 150 },
  );
  // Both ways were taken often, or the above would say little.
  expect(Math.min(spooled, live)).toBeGreaterThan(200);
}, 60_000);
