import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** As `ingest/load.ts` prints it. */
export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** More than any machine takes; made before the clock runs. */
const deliveriesPerSecond = 6_000;
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const fixture = readFileSync(pathOf('../../test/fixtures/push-force-rewrite.json'), 'utf8');

/** @param commits 16 hexadecimal digits that the commits begin with; pushes of the same are the same. Else new ones */
export async function sendLoad(options: {
  readonly url: string;
  readonly secret: string;
  readonly connections: number;
  readonly ms: number;
  readonly commits?: string;
}): Promise<Load> {
  const { url, secret, connections, ms, commits = randomBytes(8).toString('hex') } = options;
  const { after, ...push } = JSON.parse(fixture) as { after: string };
  const body = JSON.stringify({ ...push, after: `${commits}${after.slice(16)}` });
  const deliveries = Math.round((deliveriesPerSecond * ms) / 1_000);
  const args = [pathOf('../ingest/load.ts'), url, secret, connections, ms, deliveries, body].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Load;
}
