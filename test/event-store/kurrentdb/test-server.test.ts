import { randomUUID } from 'node:crypto';
import {
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  START,
  StreamNotFoundError,
  streamNameFilter,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejection, until } from '../../support/condition.ts';
import { type KurrentServer, startKurrentServer } from '../../support/kurrentdb/server.ts';

const perCall = { credentials: { username: 'somebody', password: 'unchecked' } };
const event = (n: number, id: string = randomUUID()) => jsonEvent({ id, type: 'Counted', data: { n } });

async function all<T>(reading: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of reading) found.push(one);
  return found;
}

/** The maker's own client is the measure of whether the server speaks the protocol. */
describe("the test server, asked by the maker's own client", () => {
  let server: KurrentServer;
  let client: EventStoreDBClient;

  beforeAll(async () => {
    server = await startKurrentServer();
    client = EventStoreDBClient.connectionString(server.url);
  });
  afterAll(async () => {
    await client.dispose();
    await server.stop();
  });

  const revisionsOf = async (reading: AsyncIterable<{ event?: { revision: bigint } | undefined }>) =>
    (await all(reading)).map(({ event: recorded }) => recorded?.revision);

  it.each([
    ['one by one', perCall],
    ['in its batch call', {}],
  ])('takes appends %s: strict NO_STREAM, the same id again, an exact revision', async (_, how) => {
    const stream = `a-${randomUUID()}`;
    const first = event(0);
    const stored = await client.appendToStream(stream, first, { expectedRevision: NO_STREAM, ...how });
    expect(stored).toMatchObject({ success: true, nextExpectedRevision: 0n });
    const again = await client.appendToStream(stream, first, { expectedRevision: NO_STREAM, ...how });
    expect(again.position).toEqual(stored.position);
    const other = client.appendToStream(stream, event(1), { expectedRevision: NO_STREAM, ...how });
    expect(await rejection(other)).toBeInstanceOf(WrongExpectedVersionError);
    const second = event(1);
    await client.appendToStream(stream, [second, event(2)], { expectedRevision: 0n, ...how });
    await client.appendToStream(stream, second, { expectedRevision: ANY, ...how });
    expect(await revisionsOf(client.readStream(stream))).toEqual([0n, 1n, 2n]);
    expect(await revisionsOf(client.readStream(stream, { direction: BACKWARDS, fromRevision: END }))).toEqual(
      [2n, 1n, 0n],
    );
    expect(await revisionsOf(client.readStream(stream, { fromRevision: 1n, maxCount: 1 }))).toEqual([1n]);
  });

  it('tells that a stream is not there', async () => {
    expect(await rejection(revisionsOf(client.readStream('nowhere')))).toBeInstanceOf(StreamNotFoundError);
  });

  it('reads all from a position on, that one included, and backwards without it', async () => {
    const { position } = await client.appendToStream(`b-${randomUUID()}`, event(7), perCall);
    if (!position) throw new Error('the append gave no position');
    const [at] = await all(client.readAll({ fromPosition: position, maxCount: 1 }));
    expect(at?.event).toMatchObject({ data: { n: 7 }, isJson: true, position });
    const [before] = await all(client.readAll({ fromPosition: position, maxCount: 1, direction: BACKWARDS }));
    expect(before?.event?.position.commit).toBeLessThan(position.commit);
  });

  it('feeds a filtered subscription after its position, tells when it has caught up, and goes on', async () => {
    const prefix = `c-${randomUUID()}`;
    const first = await client.appendToStream(`${prefix}-1`, event(1), perCall);
    await client.appendToStream(`${prefix}-2`, event(2), perCall);
    const received: unknown[] = [];
    const subscription = client.subscribeToAll({
      fromPosition: first.position ?? START,
      filter: streamNameFilter({ prefixes: [prefix] }),
    });
    subscription.on('error', () => undefined);
    subscription.on('data', (resolved) => received.push(resolved.event?.data));
    await new Promise((resolve) => {
      subscription.on('caughtUp', () => resolve(null));
    });
    await client.appendToStream(`${prefix}-3`, event(3), perCall);
    await until('the third event', () => received.length >= 2);
    expect(received).toEqual([{ n: 2 }, { n: 3 }]);
    await subscription.unsubscribe();
  });

  it('numbers events of others in between, so that positions are not dense', () => {
    expect(server.log.records.some(({ stream }) => stream.startsWith('$'))).toBe(true);
  });
});
