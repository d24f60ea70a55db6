import { Client } from 'pg';
import { failure, hasCode } from './failure.ts';
import { readPassword } from './password.ts';
import type { Place } from './place.ts';
import { readPostmaster, serves } from './postmaster.ts';

export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
}

/** What is found in the cluster's directory and behind its port. */
export type Finding =
  | { readonly state: 'ready'; readonly server: Server }
  | { readonly state: 'withoutDatabase'; readonly server: Server }
  /** It lives, and does not take connections: it recovers, stops, or hangs. */
  | { readonly state: 'busy' }
  | { readonly state: 'absent' };

export const superuser = 'pushledger';
export const databaseName = 'pushledger';

const connectTimeoutMs = 5_000;

/** The connection decides: a pid file may be stale, and its pid another program's by now. */
export async function probe(place: Place): Promise<Finding> {
  const postmaster = await readPostmaster(place.clusterDir);
  if (!postmaster || !(await serves(postmaster.pid, place.clusterDir))) return { state: 'absent' };
  const password = await readPassword(place.passwordPath);
  if (!password) throw passwordMismatch(place);
  const { pid, port } = postmaster;
  if (port === undefined) return { state: 'busy' };
  const server = { pid, port, url: urlOf(port, password, databaseName) };
  try {
    await withClient(server.url, async () => undefined);
    return { state: 'ready', server };
  } catch (error) {
    // 53300: all connections are taken, so it is up.
    if (hasCode(error, '53300')) return { state: 'ready', server };
    if (hasCode(error, '3D000')) return { state: 'withoutDatabase', server };
    if (hasCode(error, '28P01', '28000')) throw passwordMismatch(place, error);
    return (await serves(pid, place.clusterDir)) ? { state: 'busy' } : { state: 'absent' };
  }
}

export async function createDatabase(server: Server): Promise<void> {
  const url = new URL(server.url);
  url.pathname = '/postgres';
  await withClient(url.href, async (client) => {
    await client.query(`CREATE DATABASE ${databaseName}`);
  });
}

export function urlOf(port: number, password: string, database: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

async function withClient(url: string, task: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  // A connection that breaks while idle is reported by an event, which would end the process if nobody listened.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await task(client);
  } finally {
    await client.end();
  }
}

function passwordMismatch({ passwordPath, clusterDir }: Place, cause?: unknown): Error {
  return failure(
    `the server of ${clusterDir} does not take the password in ${passwordPath}. Restore that file, or move both ` +
      'away to begin with an empty cluster',
    cause,
  );
}
