import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { appendHandler, batchAppendHandler } from './appends.ts';
import { type Behaviour, goodBehaviour } from './behaviour.ts';
import type { EventLog } from './event-log.ts';
import { clusterInfo, type Member } from './gossip.ts';
import { readHandler } from './reads.ts';
import { refusal, refusalOf } from './refusals.ts';
import {
  createSubscriptions,
  endSubscriptions,
  failSubscriptions,
  fallBehind,
  type Subscriptions,
} from './subscriptions.ts';

export interface KurrentNode {
  readonly port: number;
  readonly behaviour: Behaviour;
  readonly subscriptions: Subscriptions;
  /** Destroys every connection that is open at this moment. */
  cut(): void;
  /** Connections are refused from now on, and those that are open are destroyed. */
  refuse(): Promise<void>;
  /** Takes connections again, at the same port. */
  accept(): Promise<void>;
  endSubscriptions(): void;
  failSubscriptions(): void;
  fallBehind(): void;
  /** So many connections were made so far. */
  connections(): number;
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly log: EventLog;
  /** As gossip tells of them. */
  readonly members: () => readonly Member[];
  readonly port?: number;
  readonly tls?: boolean;
  /** `user:password` that TLS calls must show; anybody when absent. */
  readonly user?: string;
}

/** Where the certificates lie: of an authority made for the tests, valid until 2126. */
export const certificateAuthorityFile = new URL('./certificates/ca.pem', import.meta.url);

/** One node: the real protocol over real gRPC, on connections that it can destroy. */
export async function startNode(options: NodeOptions): Promise<KurrentNode> {
  const behaviour = goodBehaviour();
  const subscriptions = createSubscriptions();
  const server = new Server({ 'grpc.max_receive_message_length': 32 * 1024 * 1024 });
  addServices(server, options, behaviour, subscriptions);
  const injector = server.createConnectionInjector(credentialsOf(options));
  const sockets = new Set<Socket>();
  let made = 0;
  const listener = createServer((socket) => {
    made++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    injector.injectConnection(socket);
  });
  await listen(listener, options.port ?? 0);
  const { port } = listener.address() as AddressInfo;

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const refuse = async () => {
    const closed = listener.listening
      ? new Promise<void>((resolve) => {
          listener.close(() => resolve());
        })
      : Promise.resolve();
    cut();
    await closed;
  };
  return {
    port,
    behaviour,
    subscriptions,
    cut,
    refuse,
    accept: () => listen(listener, port),
    endSubscriptions: () => endSubscriptions(subscriptions),
    failSubscriptions: () => failSubscriptions(subscriptions),
    fallBehind: () => fallBehind(subscriptions),
    connections: () => made,
    async stop() {
      await refuse();
      server.forceShutdown();
    },
  };
}

function addServices(
  server: Server,
  { log, members, user }: NodeOptions,
  behaviour: Behaviour,
  subscriptions: Subscriptions,
): void {
  const expected = user === undefined ? null : `Basic ${Buffer.from(user).toString('base64')}`;
  const wrongUser = refusal(status.UNAUTHENTICATED, 'Bad HTTP status code 401');
  const isWrong = (shown: readonly unknown[]) => expected !== null && shown[0] !== expected;
  const append = appendHandler(log, behaviour);
  const read = readHandler(log, behaviour, subscriptions);
  server.addService(streamsGrpc.StreamsService, {
    append: (call: Parameters<typeof append>[0], callback: Parameters<typeof append>[1]) =>
      isWrong(call.metadata.get('authorization')) ? callback(wrongUser) : append(call, callback),
    read: (call: Parameters<typeof read>[0]) =>
      isWrong(call.metadata.get('authorization')) ? void call.emit('error', wrongUser) : read(call),
    batchAppend: batchAppendHandler(log, behaviour),
  });
  server.addService(featuresGrpc.ServerFeaturesService, {
    getSupportedMethods: ((call, callback) => {
      const refused = refusalOf(behaviour, call.metadata);
      if (refused === 'stall') return;
      if (refused) return callback(refused);
      callback(null, supportedMethods());
    }) as handleUnaryCall<unknown, InstanceType<typeof features.SupportedMethods>>,
  });
  server.addService(gossipGrpc.GossipService, {
    read: ((_call, callback) => {
      behaviour.counts.gossips++;
      if (behaviour.manner === 'stall') return;
      callback(null, clusterInfo(members()));
    }) as handleUnaryCall<unknown, ReturnType<typeof clusterInfo>>,
  });
}

function supportedMethods(): InstanceType<typeof features.SupportedMethods> {
  const names = ['Append', 'BatchAppend', 'Read'];
  return new features.SupportedMethods()
    .setEventStoreServerVersion('24.10.6.0')
    .setMethodsList(
      names.map((name) =>
        new features.SupportedMethod()
          .setServiceName('event_store.client.streams.streams')
          .setMethodName(name.toLowerCase()),
      ),
    );
}

function credentialsOf({ tls }: NodeOptions): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const read = (name: string) => readFileSync(new URL(`./certificates/${name}`, import.meta.url));
  return ServerCredentials.createSsl(null, [
    { private_key: read('node-key.pem'), cert_chain: read('node.pem') },
  ]);
}

function listen(listener: NetServer, port: number): Promise<void> {
  if (listener.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', () => {
      listener.off('error', reject);
      resolve();
    });
  });
}
