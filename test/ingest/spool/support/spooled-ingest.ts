import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent } from '../../../../src/events/codec.ts';
import type { DomainEvent } from '../../../../src/events/event.ts';
import type { Position } from '../../../../src/events/ids.ts';
import { ignoreNothing } from '../../../../src/events/ignore-rules.ts';
import { receiveDelivery } from '../../../../src/ingest/receive-delivery.ts';
import { recordSpooled } from '../../../../src/ingest/record-spooled.ts';
import type { SpoolStatus } from '../../../../src/ingest/spool/spool.ts';
import { createSpooling } from '../../../../src/ingest/spool/spooling.ts';
import { until } from '../../../support/condition.ts';
import { headersOf, type TestDelivery, testSecret } from '../../../support/delivery.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { type RecordedLog, recordLog } from './recorded-log.ts';

export const spoolAfterMs = 2_000;

/** The ingest with its spool, on a store and a clock that the test drives. */
export interface SpooledIngest {
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly log: RecordedLog;
  readonly path: string;
  /** The status of the answer: `accepted`, `spooled`, …; or the code of the error. */
  send(delivery: TestDelivery): Promise<string>;
  status(): SpoolStatus;
  /** Starts to drain. */
  drain(): void;
  /** Lets time pass until nothing waits. */
  drained(): Promise<void>;
  /** Lets time pass until this holds. */
  passing(what: string, look: () => boolean): Promise<void>;
  /** The events of the log that are pushes, in order. */
  pushes(): DomainEvent<'PushReceived'>[];
  stop(): Promise<void>;
}

/** @param givenDirectory is not removed at the end */
export function startSpooledIngest(givenDirectory?: string): SpooledIngest {
  const directory = givenDirectory ?? mkdtempSync(join(tmpdir(), 'pushledger-spool-'));
  const store = createMemoryStore();
  const clock = createManualClock();
  const log = recordLog();
  const understanding = { instance: 'gitea.test', owner: null, ignore: ignoreNothing };
  const path = join(directory, 'spool.db');
  const spooling = createSpooling({
    path,
    maxBytes: 1024 ** 3,
    spoolAfterMs,
    record: (delivery) => recordSpooled({ store, clock }, understanding, delivery),
    clock,
    logger: log.logger,
  });
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  const secrets = [{ name: 'test', reveal: () => testSecret }];

  async function passing(what: string, look: () => boolean): Promise<void> {
    await until(what, () => {
      if (look()) return true;
      clock.advance(250);
      return false;
    });
  }

  return {
    store,
    clock,
    log,
    path,
    async send(delivery) {
      const incoming = {
        headers: headersOf(delivery),
        body: delivery.body,
        receivedAt: clock.now(),
        readMs: 0,
      };
      const options = { store, clock, secrets, ...understanding, intake: spooling.intake };
      return receiveDelivery(options, incoming).then(
        ({ answer }) => answer.status,
        (error) => error.code,
      );
    },
    status: () => spooling.status(),
    drain() {
      running ??= spooling.run(stopping.signal);
    },
    passing,
    async drained() {
      this.drain();
      await passing('an empty spool', () => spooling.status().pending === 0);
    },
    pushes: () =>
      store.log
        .map((event, index) => decodeEvent({ ...event, position: BigInt(index + 1) as Position }))
        .filter((event) => event?.type === 'PushReceived'),
    async stop() {
      stopping.abort();
      let ended = false;
      void Promise.resolve(running).finally(() => {
        ended = true;
      });
      // It waits for the answer to the delivery that it is at.
      await passing('the end of the drainer', () => ended);
      spooling.close();
      if (givenDirectory === undefined) rmSync(directory, { recursive: true });
    },
  };
}
