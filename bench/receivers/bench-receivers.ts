import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { type Load, sendLoad } from './load.ts';
import { countStored, type Receiver, startReceiver } from './receiver.ts';

const connections = 64;
const warmUpMs = 1_000;
const measureMs = 5_000;

/**
 * One receiver, then two on the same store, with as many connections in all: first each push to one of the two, then
 * every push to both, as where a repository and its organisation have the hook. Every accepted push has to be stored
 * once. All of it shares one machine, so that it shows that it is right, and not how far it scales.
 */
export async function benchReceivers(): Promise<void> {
  await withPostgres(async (databaseUrl) => {
    const secret = randomBytes(16).toString('hex');
    const receivers: Receiver[] = [];
    try {
      for (const name of ['first', 'second']) receivers.push(await startReceiver(name, databaseUrl, secret));
      const stored = storedBy(databaseUrl);
      const [first, second] = receivers;
      if (!first || !second) throw new Error('there are not two receivers');
      for (const { url } of receivers) await sendLoad({ url, secret, connections, ms: warmUpMs });
      await stored();

      const one = [await sendLoad({ url: first.url, secret, connections, ms: measureMs })];
      mustBe(await stored(), accepted(one), 'one receiver');
      const half = { secret, connections: connections / 2, ms: measureMs };
      const split = await Promise.all(receivers.map(({ url }) => sendLoad({ ...half, url })));
      mustBe(await stored(), accepted(split), 'two receivers');
      const commits = randomBytes(8).toString('hex');
      const both = await Promise.all(receivers.map(({ url }) => sendLoad({ ...half, url, commits })));
      // Each sends the same pushes in the same order: the one that came further has sent all that the other has.
      const distinct = Math.max(...both.map((each) => accepted([each])));
      mustBe(await stored(), distinct, 'every push to both');

      const load = loadavg()[0]?.toFixed(1);
      const figures = { one: summed(one), split: summed(split), both: { ...summed(both), pushes: distinct } };
      process.stdout.write(`receivers on one store, ${connections} connections in all (load ${load})\n`);
      print('one', figures.one);
      print('two, each push to one', figures.split);
      print('two, each push to both', figures.both);
      process.stdout.write('  every accepted push is stored once\n');
      writeResult('receivers', { connections, load, ...figures });
    } finally {
      await Promise.all(receivers.map((receiver) => receiver.stop()));
    }
  });
}

/** How many pushes were stored since the last call. */
function storedBy(databaseUrl: string): () => Promise<number> {
  let before = 0;
  return async () => {
    const now = await countStored(databaseUrl);
    const since = now - before;
    before = now;
    return since;
  };
}

function accepted(loads: readonly Load[]): number {
  const refused = loads.flatMap(({ statuses }) => Object.keys(statuses)).filter((status) => status !== '200');
  if (refused.length > 0) throw new Error(`not every delivery was accepted: ${refused.join(', ')}`);
  return loads.reduce((sum, { statuses }) => sum + (statuses['200'] ?? 0), 0);
}

function mustBe(stored: number, expected: number, what: string): void {
  if (stored !== expected) throw new Error(`${what}: ${expected} pushes were accepted, ${stored} are stored`);
}

interface Summed {
  readonly perSecond: number;
  readonly p99: number;
}

/** The rates add up; of the latencies the worse. */
function summed(loads: readonly Load[]): Summed {
  return {
    perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0),
    p99: Math.max(...loads.map(({ p99 }) => p99)),
  };
}

function print(what: string, { perSecond, p99 }: Summed): void {
  process.stdout.write(
    `  ${what.padEnd(24)}${perSecond.toFixed(0).padStart(6)} deliveries/s   p99 ${p99.toFixed(1)} ms\n`,
  );
}
