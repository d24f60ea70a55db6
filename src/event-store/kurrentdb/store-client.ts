import { EventStoreDBClient, type GossipClusterOptions, type SingleNodeOptions } from '@eventstore/db-client';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { AppendReq, AppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { Channel, type ClientReadableStream, credentials } from '@grpc/grpc-js';
import { type Position, startOfLog } from '../../events/ids.ts';
import type { ConnectionSettings, Endpoint } from './connection-string.ts';
import { NoAnswer } from './failures.ts';

export type ReadCall = ClientReadableStream<ReadResp>;

/** Where the append ended. A position of `null`: the server took it and did not say where. */
export type AppendAnswer =
  | { readonly answer: 'stored'; readonly position: Position | null }
  | { readonly answer: 'stream-taken' };

/**
 * The maker's client, with the calls that its own methods cannot make: appending bytes as they are (it stringifies
 * JSON again), reading `$all` filtered, and giving a call up at a time. It keeps what it is good at: finding the
 * leader, TLS, credentials, keep-alive, and the protocol. Appends go one by one: its batch call is shared by all
 * clients of a process and has no deadline.
 */
export class StoreClient extends EventStoreDBClient {
  #channel: Promise<Channel> | null = null;
  #closed = false;
  readonly #reads = new Set<ReadCall>();

  private constructor(where: SingleNodeOptions | GossipClusterOptions, settings: ConnectionSettings) {
    const channel = {
      insecure: !settings.tls,
      ...(settings.certificateAuthority && { rootCertificate: settings.certificateAuthority }),
    };
    // One constructor under three signatures, none of which takes the union.
    super(where as SingleNodeOptions, channel, settings.credentials ?? undefined);
    this.getChannel = () => {
      this.#channel ??= this.resolveUri().then((address) => openChannel(address, settings));
      return this.#channel;
    };
  }

  /** @param leader the node to go to at once, without asking the cluster */
  static of(settings: ConnectionSettings, leader: Endpoint | null): StoreClient {
    const [first] = settings.hosts;
    const only = leader ?? (settings.discover ? undefined : first);
    if (only) return new StoreClient({ endpoint: { ...only } }, settings);
    const endpoints = settings.hosts.map((host) => ({ ...host }));
    // A node that is frozen must not hold up the search among the others for longer than an append may take.
    return new StoreClient({ endpoints, maxDiscoverAttempts: 3, gossipTimeout: 1 }, settings);
  }

  /**
   * Appends with NO_STREAM at the leader.
   *
   * @param deadlineMs after which the call is given up, in milliseconds
   * @throws ServiceError, or NoAnswer
   */
  async append(requests: readonly AppendReq[], deadlineMs: number): Promise<AppendAnswer> {
    const client = await this.#streams();
    const [metadata, options] = this.callArguments({ requiresLeader: true, deadline: deadlineMs });
    const response = await new Promise<AppendResp>((resolve, reject) => {
      const call = client.append(metadata, options, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
      // Writing to a call that has failed meanwhile is an event of its own, and without a listener the end of the
      // process. What failed is told by the callback.
      call.on('error', reject);
      for (const request of requests) call.write(request);
      call.end();
    });
    if (response.hasWrongExpectedVersion()) return { answer: 'stream-taken' };
    const success = response.getSuccess();
    if (!success) throw new NoAnswer('the answer to an append was empty');
    const position = success.getPosition();
    return { answer: 'stored', position: position ? knownPosition(position.getCommitPosition()) : null };
  }

  /**
   * Starts a read or a subscription at the leader.
   *
   * @param deadlineMs after which the server ends it, in milliseconds; null for never
   */
  async read(request: ReadReq, deadlineMs: number | null): Promise<ReadCall> {
    const client = await this.#streams();
    const [metadata, options] = this.callArguments(
      { requiresLeader: true },
      { deadline: deadlineMs === null ? Infinity : new Date(Date.now() + deadlineMs) },
    );
    const call = client.read(request, metadata, options);
    this.#reads.add(call);
    call.on('status', () => this.#reads.delete(call));
    // A cancelled call fails once more when nobody listens any longer, which would end the process.
    call.on('error', () => undefined);
    return call;
  }

  /** Ends every read, and the connection, which the maker's `dispose` leaves open. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#reads) call.cancel();
    const channel = await this.#channel?.catch(() => null);
    channel?.close();
  }

  async #streams(): Promise<StreamsClient> {
    const client = await this.execute(streamsGrpc.StreamsClient, 'streams', async (found) => found);
    // The search for a node may outlive the one who asked for it.
    if (this.#closed) throw new NoAnswer('the connection was closed');
    return client;
  }
}

/** The server says "nowhere" as -1, which arrives as the largest unsigned number. */
export function knownPosition(text: string): Position | null {
  const position = BigInt(text);
  return position > startOfLog && position < 2n ** 63n ? (position as Position) : null;
}

/** 26.1 takes events of 16 MiB. */
const maxReceivedBytes = 17 * 1024 * 1024;

/**
 * The maker's client would open one whose connection is shared by all clients of the process. A client that takes
 * the place of another, since nothing came back on its connection, would go on over that very connection.
 */
function openChannel(address: string, settings: ConnectionSettings): Channel {
  const { tls, certificateAuthority, keepAliveInterval, keepAliveTimeout } = settings;
  return new Channel(
    address,
    tls ? credentials.createSsl(certificateAuthority) : credentials.createInsecure(),
    {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.keepalive_time_ms': keepAliveInterval < 0 ? Number.MAX_VALUE : keepAliveInterval,
      'grpc.keepalive_timeout_ms': keepAliveTimeout < 0 ? Number.MAX_VALUE : keepAliveTimeout,
      'grpc.max_receive_message_length': maxReceivedBytes,
    },
  );
}
