import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { decodeEvent } from '../../src/events/codec.ts';
import { type DeliveryId, startOfLog } from '../../src/events/ids.ts';
import { recordRejection } from '../../src/ingest/record-delivery.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openLedger } from '../../src/subscription/ledger.ts';
import { createPostgresLog, type PostgresLog } from '../event-store/support/postgres-log.ts';
import { bytesOf, fixture, sign } from '../support/delivery.ts';
import { useMachine } from '../support/service-process-fixture.ts';

describe('pushledger deliveries', () => {
  const machine = useMachine();
  let log: PostgresLog;
  let store: EventStore;
  beforeEach(async () => {
    log = await createPostgresLog();
    store = log.open();
    await openLedger(store, new Date('2026-01-01T00:00:00Z'), 'gitea.test');
  });
  afterEach(() => log.close());

  /** As an older version did, which did not understand it. */
  async function rejected(signed: Buffer, compressed: Uint8Array = gzipSync(signed)): Promise<DeliveryId> {
    const deliveryId = randomUUID() as DeliveryId;
    await recordRejection(
      { store, clock: systemClock },
      {
        deliveryId,
        receivedAt: new Date('2026-02-03T04:05:06.789Z'),
        body: {
          digest: createHash('sha256').update(signed).digest('hex'),
          size: signed.length,
          stored: true,
          contentType: 'json',
          signature: sign(signed),
          secret: 'default',
        },
        compressed,
        timings: {},
      },
      {
        event: 'push',
        code: 'PUSH_INVALID',
        reason: 'the body is not a push: \u001b[31mref',
        repository: null,
      },
    );
    return deliveryId;
  }
  const run = (...args: string[]) => machine.run(['deliveries', ...args], { DATABASE_URL: log.url });
  const pushes = async () =>
    (await store.readPage(startOfLog, 100)).events
      .filter(({ type }) => type === 'PushReceived')
      .map(decodeEvent);

  test('reprocess takes what is valid now, once, and leaves the rest', async () => {
    const valid = await rejected(bytesOf(fixture('push-force-rewrite')));
    const invalid = await rejected(bytesOf({ no: 'push' }));
    const listed = await run('list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { deliveryId: valid, state: 'rejected', pushId: null },
      { deliveryId: invalid, state: 'rejected' },
    ]);

    const dry = await run('reprocess', '--dry-run');
    expect(dry).toMatchObject({ status: 0 });
    expect(dry.stdout).toMatch(new RegExp(`would be taken .*${valid}`));
    expect(dry.stderr).toContain('2 rejected, 1 would be taken now');
    expect(await pushes()).toHaveLength(0);

    const first = await run('reprocess', '--json');
    expect(first.status).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject([
      { deliveryId: valid, outcome: 'taken', pushId: expect.any(String) },
      { deliveryId: invalid, outcome: 'still-rejected', pushId: null },
    ]);
    const second = await run('reprocess');
    expect(second.stdout).toMatch(new RegExp(`already taken .*${valid}`));
    expect(second.stderr).toContain('0 taken now, 1 already taken');
    expect(await pushes()).toMatchObject([{ data: { deliveryId: valid } }]);

    const { stdout } = await run('list');
    expect(stdout).toMatch(new RegExp(`taken .*${valid}`));
    expect(stdout).not.toContain('\u001b');
  });

  test('damaged bytes are told by the status', async () => {
    await rejected(bytesOf(fixture('push-force-rewrite')), gzipSync('{}'));
    const { status, stdout } = await run('reprocess');
    expect(status).toBe(1);
    expect(stdout).toMatch(/damaged .*not those that Gitea signed/);
  });

  test('where nothing was rejected there is nothing to do', async () => {
    expect(await run('reprocess', '--json')).toMatchObject({ status: 0, stdout: '[]\n' });
  });
});
