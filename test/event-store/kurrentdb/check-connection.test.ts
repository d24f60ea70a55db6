import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkConnection } from '../../../src/event-store/kurrentdb/check-connection.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { messageOf } from '../../../src/runtime/errors.ts';
import { rejection } from '../../support/condition.ts';
import { testDelivery } from '../../support/event-drafts.ts';
import { startKurrentCluster } from '../../support/kurrentdb/cluster.ts';
import { certificateAuthorityFile } from '../../support/kurrentdb/node.ts';
import { type KurrentServer, startKurrentServer } from '../../support/kurrentdb/server.ts';
import { openStore } from './support/stores.ts';

const user = 'admin:changeit';
const caFile = `tlsCAFile=${encodeURIComponent(fileURLToPath(certificateAuthorityFile))}`;

function check(connectionString: string): Promise<void> {
  return checkConnection({ connectionString, clock: systemClock, timeoutMs: 1_000 });
}

/** What the check says, which is one line and holds no password. */
async function complaint(connectionString: string): Promise<string> {
  const error = await rejection(check(connectionString));
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  const text = messageOf(error);
  expect(text).not.toContain('\n');
  expect(text).not.toContain('changeit');
  return text;
}

describe('the check at the start', () => {
  let plain: KurrentServer;
  let secure: KurrentServer;

  beforeAll(async () => {
    plain = await startKurrentServer();
    secure = await startKurrentServer({ tls: true, user });
  });
  beforeEach(() => {
    plain.behaviour.manner = 'serve';
    plain.behaviour.follows = null;
  });
  afterAll(() => Promise.all([plain.stop(), secure.stop()]));

  it('passes on a node without TLS', () => check(plain.url));

  it('passes on a node with TLS, and events are stored there', async () => {
    const url = `esdb://${user}@localhost:${secure.port}?${caFile}`;
    await check(url);
    const store = openStore(url);
    const event = encodeEvent(testDelivery());
    expect(await store.append(event)).toMatchObject({ outcome: 'stored' });
    expect(await store.readStreams([event.stream])).toHaveLength(1);
    await store.close();
  });

  it('passes on a cluster, by any node', async () => {
    const cluster = await startKurrentCluster();
    await check(cluster.url);
    await check(cluster.discoverUrl);
    await check(`esdb://127.0.0.1:${cluster.nodes[1]?.port}?tls=false`);
    await cluster.stop();
  });

  it('names a port that refuses', async () => {
    const gone = await startKurrentServer();
    await gone.stop();
    expect(await complaint(gone.url)).toContain(`127.0.0.1:${gone.port} refuses connections`);
  });

  it('names every host of several', async () => {
    const gone = await startKurrentServer();
    await gone.stop();
    const text = await complaint(`esdb://127.0.0.1:${gone.port},localhost:${gone.port}?tls=false`);
    expect(text).toContain(`127.0.0.1:${gone.port} refuses`);
    expect(text).toContain(`localhost:${gone.port} refuses`);
  });

  it('names a host that DNS does not know', async () => {
    expect(await complaint('esdb://store.invalid:2113?tls=false')).toContain(
      'store.invalid:2113 cannot be found: DNS',
    );
  });

  it('tells that the certificate is signed by a stranger', async () => {
    expect(await complaint(`esdb://${user}@localhost:${secure.port}`)).toContain(
      'give that authority as tlsCAFile',
    );
  });

  it('tells that the node has no TLS', async () => {
    expect(await complaint(`esdb://${user}@localhost:${plain.port}`)).toContain('does not speak TLS');
  });

  it('tells that the node has TLS', async () => {
    expect(await complaint(`esdb://localhost:${secure.port}?tls=false`)).toContain('expects TLS');
  });

  it('tells that the password is wrong', async () => {
    const text = await complaint(`esdb://admin:wrong@localhost:${secure.port}?${caFile}`);
    expect(text).toContain('refuses the user admin');
  });

  it('tells that the anonymous are refused', async () => {
    plain.behaviour.manner = 'access-denied';
    expect(await complaint(plain.url)).toContain('refuses the anonymous');
  });

  it('tells that there is no leader', async () => {
    plain.behaviour.follows = 'unknown';
    expect(await complaint(plain.url)).toContain('is not the leader and knows none');
  });

  it('tells that the leader that is named cannot be reached', async () => {
    const gone = await startKurrentServer();
    await gone.stop();
    plain.behaviour.follows = { address: '127.0.0.1', port: gone.port };
    const text = await complaint(plain.url);
    expect(text).toContain(`is not the leader, and names 127.0.0.1:${gone.port} as such`);
    expect(text).toContain('refuses connections');
  });

  it('tells that the node is not ready', async () => {
    plain.behaviour.manner = 'not-ready';
    expect(await complaint(plain.url)).toContain('Server Is Not Ready');
  });

  it('tells that something else answers at the port, or nothing', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      mute.listen(0, '127.0.0.1', resolve);
    });
    const { port } = mute.address() as AddressInfo;
    expect(await complaint(`esdb://127.0.0.1:${port}?tls=false`)).toContain(
      'does not answer as an event store',
    );
    mute.close();
  });

  it('refuses a connection string that cannot work before it tries', async () => {
    expect(await rejection(check('kurrentdb://localhost'))).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
