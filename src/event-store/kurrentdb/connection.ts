import { CodedError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type ConnectionSettings, describeEndpoint, type Endpoint } from './connection-string.ts';
import { type Failure, failureOf } from './failures.ts';
import { StoreClient } from './store-client.ts';

/** The way to the store. Calls share one client until it fails; the next call then starts on a new one. */
export interface Connection {
  /** For a call that takes long. */
  borrow(): Borrowed;
  /** Runs one call. Whatever it throws is thrown on, after it was taken note of. */
  run<T>(call: (client: StoreClient) => Promise<T>): Promise<T>;
  /** Ends all calls. */
  close(): Promise<void>;
}

export interface Borrowed {
  readonly client: StoreClient;
  failed(error: unknown): void;
  giveBack(): void;
}

interface Lease {
  readonly client: StoreClient;
  calls: number;
}

/**
 * A client that failed is not asked again but replaced. The maker's client repairs itself in some cases only: over
 * several hosts it can stay broken for good when its first call finds no node, and a search for the leader that
 * fails while another call fails rejects a promise that nobody holds, which ends the process. So it never gets that
 * far. The old client is closed when its last call has ended.
 */
export function openConnection(settings: ConnectionSettings, logger: Logger): Connection {
  const leases = new Set<Lease>();
  let current: Lease | null = null;
  let closed = false;

  function lease(leader: Endpoint | null): Lease {
    const fresh = { client: StoreClient.of(settings, leader), calls: 0 };
    leases.add(fresh);
    return fresh;
  }

  function letGo(old: Lease): void {
    if (old === current || old.calls > 0 || !leases.delete(old)) return;
    old.client
      .close()
      .catch((error: unknown) => logger.debug({ err: error }, 'closing a connection to the store failed'));
  }

  function takeNote(failed: Lease, failure: Failure): void {
    if (failed !== current) return;
    if (failure.kind === 'unreachable') current = null;
    if (failure.kind === 'not-leader') {
      if (failure.leader)
        logger.info({ leader: describeEndpoint(failure.leader) }, 'the store has another leader');
      current = failure.leader ? lease(failure.leader) : null;
    }
  }

  function borrow(): Borrowed {
    if (closed) throw new CodedError('SHUTTING_DOWN');
    current ??= lease(null);
    const mine = current;
    mine.calls++;
    return {
      client: mine.client,
      failed: (error) => takeNote(mine, failureOf(error)),
      giveBack() {
        mine.calls--;
        letGo(mine);
      },
    };
  }

  return {
    borrow,
    async run(call) {
      const borrowed = borrow();
      try {
        return await call(borrowed.client);
      } catch (error) {
        borrowed.failed(error);
        throw error;
      } finally {
        borrowed.giveBack();
      }
    },
    async close() {
      closed = true;
      current = null;
      const open = [...leases];
      leases.clear();
      await Promise.all(open.map(({ client }) => client.close()));
    },
  };
}
