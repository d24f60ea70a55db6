import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Measured {
  /** Answers a second, whatever their status. */
  readonly perSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface Sending {
  readonly connections: number;
  readonly ms: number;
  /** More than any machine takes in that time; made before the clock runs. */
  readonly deliveriesPerSecond: number;
}

/** For making the deliveries and for the last answers; beyond it somebody hangs. */
const patienceMs = 60_000;
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
export const fixture = readFileSync(pathOf('../../test/fixtures/push-force-rewrite.json'), 'utf8');

/**
 * Sends pushes by a process of its own, see `load.ts`. Those of each call go to commits of their own, so that none is
 * a duplicate of another call's.
 */
export async function sendPushes(url: string, secret: string, sending: Sending): Promise<Measured> {
  const { connections, ms, deliveriesPerSecond } = sending;
  const { after, ...push } = JSON.parse(fixture) as { after: string };
  const body = JSON.stringify({ ...push, after: `${randomBytes(8).toString('hex')}${after.slice(16)}` });
  const deliveries = Math.round((deliveriesPerSecond * ms) / 1_000);
  const args = [pathOf('load.ts'), url, secret, connections, ms, deliveries, body].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: ms + patienceMs });
  return JSON.parse(stdout) as Measured;
}
