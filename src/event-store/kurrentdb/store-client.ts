import { type EndPoint, EventStoreDBClient } from '@eventstore/db-client';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type {
  AppendReq,
  AppendResp,
  ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientReadableStream } from '@grpc/grpc-js';
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
 * clients of a process and has no deadline (facts in docs/decisions).
 */
export class StoreClient extends EventStoreDBClient {
  #opened: ReturnType<EventStoreDBClient['getChannel']> | null = null;

  private constructor(...settings: ConstructorParameters<typeof EventStoreDBClient>) {
    super(...settings);
    const open = this.getChannel;
    this.getChannel = () => {
      this.#opened = open();
      return this.#opened;
    };
  }

  /** @param leader the node to go to at once, without asking the cluster */
  static of(settings: ConnectionSettings, leader: Endpoint | null): StoreClient {
    const common = {
      keepAliveInterval: settings.keepAliveInterval,
      keepAliveTimeout: settings.keepAliveTimeout,
      ...(settings.connectionName !== undefined && { connectionName: settings.connectionName }),
    };
    // A node that is frozen must not hold up the search among the others for longer than an append may take.
    const discovery = { maxDiscoverAttempts: 3, gossipTimeout: 1 };
    const [first] = settings.hosts;
    const hosts: EndPoint[] = settings.hosts.map((host) => ({ ...host }));
    const where =
      leader || (!settings.discover && first)
        ? { endpoint: { ...(leader ?? first) } as EndPoint, ...common }
        : { endpoints: hosts, ...discovery, ...common };
    const channel = {
      insecure: !settings.tls,
      ...(settings.certificateAuthority && { rootCertificate: settings.certificateAuthority }),
    };
    return new StoreClient(where as never, channel, settings.credentials ?? undefined);
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
      const call = client.append(metadata, options, (error, answer) => (error ? reject(error) : resolve(answer)));
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
    // A cancelled call fails once more when nobody listens any longer, which would end the process.
    call.on('error', () => undefined);
    return call;
  }

  /** Ends every call, and the connection, which `dispose` of the maker leaves open. */
  async close(): Promise<void> {
    await this.dispose();
    const channel = await this.#opened?.catch(() => null);
    channel?.close();
  }

  #streams(): Promise<StreamsClient> {
    return this.execute(streamsGrpc.StreamsClient, 'streams', async (client) => client);
  }
}

/** The server says "nowhere" as -1, which arrives as the largest unsigned number. */
export function knownPosition(text: string): Position | null {
  const position = BigInt(text);
  return position > startOfLog && position < 2n ** 63n ? (position as Position) : null;
}
