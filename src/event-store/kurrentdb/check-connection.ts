import type { Clock } from '../../runtime/clock.ts';
import { CodedError } from '../../runtime/errors.ts';
import {
  type ConnectionSettings,
  describeEndpoint,
  describeHosts,
  type Endpoint,
  parseConnectionString,
} from './connection-string.ts';
import { type Failure, failureOf } from './failures.ts';
import { probe } from './probe.ts';
import { readUntil } from './read.ts';
import { readBackwardsRequest } from './requests.ts';
import { StoreClient } from './store-client.ts';
import { within } from './within.ts';

export interface ConnectionCheck {
  readonly connectionString: string;
  readonly clock: Clock;
  /** For each of the steps, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Reads one event of `$all` at the leader, as `serve` has to.
 *
 * @throws CodedError CONFIG_INVALID; or STORE_UNAVAILABLE that says in one line what is wrong: refused, DNS, TLS,
 *   credentials, not a leader, not ready. No message holds the password.
 */
export async function checkConnection({
  connectionString,
  clock,
  timeoutMs = 3_000,
}: ConnectionCheck): Promise<void> {
  const settings = parseConnectionString(connectionString);
  const first = await tryRead(settings, null, clock, timeoutMs);
  if (!first) return;
  if (first.kind !== 'not-leader' || !first.leader)
    throw unavailable(await explain(first, settings, timeoutMs));
  const atLeader = await tryRead(settings, first.leader, clock, timeoutMs);
  if (!atLeader) return;
  const there = await explain(atLeader, { ...settings, hosts: [first.leader] }, timeoutMs);
  const leader = describeEndpoint(first.leader);
  throw unavailable(`${describeHosts(settings)} is not the leader, and names ${leader} as such: ${there}`);
}

/** Null when it went well. */
async function tryRead(
  settings: ConnectionSettings,
  leader: Endpoint | null,
  clock: Clock,
  timeoutMs: number,
): Promise<Failure | null> {
  const client = StoreClient.of(settings, leader);
  try {
    const reading = readUntil(client, readBackwardsRequest(1, null), { deadlineMs: timeoutMs }, () => false);
    await within(clock, timeoutMs, 'a read of the log', reading);
    return null;
  } catch (error) {
    return failureOf(error);
  } finally {
    // It waits for a search for nodes that may still be going on, and nobody waits for it.
    client.close().catch(() => undefined);
  }
}

async function explain(failure: Failure, settings: ConnectionSettings, timeoutMs: number): Promise<string> {
  const hosts = describeHosts(settings);
  switch (failure.kind) {
    case 'denied':
      return settings.credentials
        ? `${hosts} refuses the user ${settings.credentials.username}: wrong password, or no right to read $all`
        : `${hosts} refuses the anonymous: put user:password@ before the host, which needs TLS`;
    case 'not-leader':
      return `${hosts} is not the leader and knows none: an election is going on, or the cluster has lost its majority`;
    case 'busy':
      return `${hosts} is there, but not ready: ${failure.detail}`;
    case 'refused':
      return `${hosts} does not take what an event store takes: ${failure.detail}`;
    case 'unreachable': {
      const found = await Promise.all(settings.hosts.map((host) => probe(host, settings, timeoutMs)));
      return found.join('; ');
    }
  }
}

function unavailable(detail: string): CodedError {
  return new CodedError('STORE_UNAVAILABLE', detail);
}
