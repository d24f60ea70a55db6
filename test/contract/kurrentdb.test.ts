import { randomUUID } from 'node:crypto';
import type { MovableEventStore } from '../../src/event-store/event-store.ts';
import {
  createKurrentdbEventStore,
  type KurrentdbEventStoreOptions,
} from '../../src/event-store/kurrentdb/kurrentdb-event-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startTcpProxy } from '../event-store/support/tcp-proxy.ts';
import { startKurrentServer } from '../support/kurrentdb/server.ts';
import { describeEventStore } from './event-store-contract.ts';
import type { EventStoreHarness, EventStoreTraits } from './harness.ts';

/** What lies in the windows and buffers of HTTP/2 is about this much of the small events here. */
const traits: EventStoreTraits = { tellsTakenIds: false, readAhead: 300 };

/** Stores of one harness, closed together. */
function storesOf(options: Pick<KurrentdbEventStoreOptions, 'connectionString' | 'streamPrefix'>) {
  const opened: MovableEventStore[] = [];
  return {
    open() {
      const store = createKurrentdbEventStore({
        clock: systemClock,
        logger: createLogger('silent'),
        // The long log is filled by far more appends at a time than a receiver makes.
        appendTimeoutMs: 15_000,
        ...options,
      });
      opened.push(store);
      return store;
    },
    async close() {
      await Promise.all(opened.map((store) => store.close()));
    },
  };
}

async function onTestServer(): Promise<EventStoreHarness> {
  const server = await startKurrentServer();
  const stores = storesOf({ connectionString: server.url });
  return {
    open: stores.open,
    async breakConnections() {
      server.cut();
    },
    eventsHandedOut: () => server.behaviour.counts.eventsHandedOut,
    async holdAppends() {
      const gate = Promise.withResolvers<void>();
      server.behaviour.gate = gate.promise;
      return async () => {
        server.behaviour.gate = null;
        gate.resolve();
      };
    },
    async close() {
      await stores.close();
      await server.stop();
    },
  };
}

/** One node, reached through a proxy that can break and hold connections. A prefix of its own stands for a log. */
async function onRealServer(url: string): Promise<EventStoreHarness> {
  const proxy = await startTcpProxy(url);
  const stores = storesOf({ connectionString: proxy.url, streamPrefix: `pushledger-test-${randomUUID()}.` });
  return {
    open: stores.open,
    async breakConnections() {
      proxy.cut();
    },
    // Nobody counts there.
    eventsHandedOut: () => 0,
    async holdAppends() {
      proxy.freeze();
      return async () => proxy.restore();
    },
    async close() {
      await stores.close();
      await proxy.close();
    },
  };
}

describeEventStore('the KurrentDB test server', onTestServer, traits);

const realUrl = process.env.KURRENTDB_TEST_URL;
if (realUrl) describeEventStore('KurrentDB itself', () => onRealServer(realUrl), traits);
