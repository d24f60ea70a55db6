import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import { rejection, until } from '../../support/condition.ts';
import { idsOf, inOrder } from '../../support/contract-reading.ts';
import { encodedEvents, testDelivery } from '../../support/event-drafts.ts';
import { type KurrentCluster, startKurrentCluster } from '../../support/kurrentdb/cluster.ts';
import { follow, openStore } from './support/stores.ts';

describe('a cluster', () => {
  let cluster: KurrentCluster;
  const opened: EventStore[] = [];
  const open = (url: string, options?: Parameters<typeof openStore>[1]) => {
    const store = openStore(url, options);
    opened.push(store);
    return store;
  };
  const copies = (stream: string) => cluster.log.stream(stream).length;
  const appends = () => cluster.nodes.reduce((sum, node) => sum + node.behaviour.counts.appends, 0);
  const gossips = () => cluster.nodes.reduce((sum, node) => sum + node.behaviour.counts.gossips, 0);

  beforeEach(async () => {
    cluster = await startKurrentCluster();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await cluster.stop();
  });

  it('loses and doubles nothing when the leader changes in the middle of a burst', async () => {
    const store = open(cluster.url, { appendTimeoutMs: 10_000 });
    const reader = follow(store, { pageSize: 20 });
    const events = encodedEvents(600);
    const appending = Promise.all(events.map((event) => store.append(event)));
    for (const share of [100, 250, 400]) {
      await until('some more appends', () => appends() > share);
      cluster.failOver();
    }
    const outcomes = await appending;
    expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(600);
    expect(events.map(({ stream }) => copies(stream))).toEqual(events.map(() => 1));
    await until('all events at the reader', () => reader.events.length >= 600);
    await reader.stop();
    expect(reader.events).toHaveLength(600);
    expect(inOrder([...reader.events])).toBe(true);
    expect(new Set(idsOf(reader.events))).toEqual(new Set(events.map(({ id }) => id)));
  });

  it.each(['url', 'discoverUrl'] as const)('is waited for while it elects a leader (%s)', async (url) => {
    const store = open(cluster[url]);
    expect(await store.append(encodeEvent(testDelivery()))).toMatchObject({ outcome: 'stored' });
    cluster.loseLeader();
    const before = gossips();
    const event = encodeEvent(testDelivery());
    const appending = store.append(event);
    await until('a search for a leader', () => gossips() > before);
    cluster.failOver();
    expect(await appending).toMatchObject({ outcome: 'stored' });
    expect(copies(event.stream)).toBe(1);
  });

  it('without a leader is given up in time', async () => {
    cluster.loseLeader();
    const store = open(cluster.url, { appendTimeoutMs: 600 });
    expect(await rejection(store.append(encodeEvent(testDelivery())))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });

  it('is written through one follower, which names the leader', async () => {
    const [, follower] = cluster.nodes;
    const store = open(`esdb://127.0.0.1:${follower?.port}?tls=false`);
    const event = encodeEvent(testDelivery());
    expect(await store.append(event)).toMatchObject({ outcome: 'stored' });
    expect(await store.readStreams([event.stream])).toHaveLength(1);
    cluster.failOver();
    expect(await store.append(encodeEvent(testDelivery()))).toMatchObject({ outcome: 'stored' });
  });

  it('is found by a store whose very first append met no node at all', async () => {
    for (const node of cluster.nodes) await node.refuse();
    const store = open(cluster.url, { appendTimeoutMs: 800 });
    const lost = await Promise.all(encodedEvents(5).map((event) => rejection(store.append(event))));
    for (const error of lost) expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    for (const node of cluster.nodes) await node.accept();
    expect(await store.append(encodeEvent(testDelivery()))).toMatchObject({ outcome: 'stored' });
  });

  it('is written and read while one of its nodes says nothing', async () => {
    const store = open(cluster.url);
    const [, , frozen] = cluster.nodes;
    if (frozen) frozen.behaviour.manner = 'stall';
    for (let n = 0; n < 5; n++) {
      expect(await store.append(encodeEvent(testDelivery()))).toMatchObject({ outcome: 'stored' });
      cluster.leader().cut();
    }
  });

  it('is followed by a subscription through a change of the leader', async () => {
    const store = open(cluster.url);
    const reader = follow(store);
    await until('the end of the log', () => reader.pages.some(({ caughtUp }) => caughtUp));
    cluster.failOver();
    const event = encodeEvent(testDelivery());
    await store.append(event);
    await until('the event', () => reader.events.some(({ id }) => id === event.id));
    await reader.stop();
    expect(reader.events).toHaveLength(1);
  });
});
