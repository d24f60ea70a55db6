import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import type { CodedError } from '../../runtime/errors.ts';
import { retry } from '../../runtime/retry.ts';
import { failure, hasCode } from './failure.ts';
import type { Place } from './place.ts';
import { choosePort, isFree } from './port.ts';
import { pidFileName, readPostmaster, serves } from './postmaster.ts';
import { probe } from './probe.ts';
import { readRecord, writeRecord } from './record.ts';
import { lastLines, run } from './run.ts';
import { readStartRecord, thisHost, writeStartRecord } from './start-record.ts';

/** A server that is slower (it recovers) is not given up: it is found `busy` and waited for. */
const startTimeoutSeconds = 60;
const stopTimeoutSeconds = 60;

/**
 * Starts the server, which outlives us. Called by one process at a time (lock level `start`), with no server there.
 *
 * @throws CodedError with the last lines of its output
 */
export async function startServer(place: Place, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await retry(() => startOnce(place), {
      clock,
      signal,
      policy: { firstMs: 100, maxMs: 1_000 },
      maxAttempts: 30,
      onFailure: () => undefined,
      isRetryable: (error) => error instanceof Transient,
    });
  } catch (error) {
    throw error instanceof Transient ? error.failure : error;
  }
}

/** Does nothing when no server runs. Called when nobody else uses it (lock level `stop`). */
export async function stopServer(place: Place): Promise<void> {
  const { clusterDir, binaries, identity } = place;
  const postmaster = await readPostmaster(clusterDir);
  if (!postmaster || !(await serves(postmaster.pid, clusterDir))) return;
  const args = ['stop', '-D', clusterDir, '-m', 'fast', '-w', '-t', `${stopTimeoutSeconds}`];
  const outcome = await run(binaries.pgCtl, args, identity);
  if (outcome.succeeded || !(await serves(postmaster.pid, clusterDir))) return;
  throw failure(`pg_ctl could not stop the server (pid ${postmaster.pid}):\n${outcome.output}`);
}

/** A failure that passes by itself. */
class Transient extends Error {
  readonly failure: CodedError;

  constructor(failure: CodedError) {
    super(failure.message);
    this.failure = failure;
  }
}

async function startOnce(place: Place): Promise<void> {
  const { clusterDir, binaries, identity } = place;
  const port = await choosePort((await readStartRecord(place.startRecordPath))?.port);
  await writeStartRecord(place.startRecordPath, { port, host: await thisHost() });
  await disownForeignPid(place);
  const output = join(clusterDir, 'start.log');
  await rm(output, { force: true });
  const begun = Date.now();
  const args = [
    'start',
    '-D',
    clusterDir,
    '-l',
    output,
    '-o',
    `-p ${port}`,
    '-w',
    '-t',
    `${startTimeoutSeconds}`,
  ];
  const outcome = await run(binaries.pgCtl, args, identity);
  if (outcome.succeeded || (await probe(place)).state !== 'absent') return;

  const startLog = (await readRecord(output)) ?? '';
  const text = [outcome.output, startLog, await newestLog(clusterDir, begun)].filter(Boolean).join('\n');
  const error = failure(`the server did not start:\n${lastLines(text, 20)}`);
  // The backends of a killed server need a moment to notice; until then its shared memory is in use.
  if (startLog.includes('is still in use')) throw new Transient(error);
  // Somebody took the port between our look and the server's.
  if (!(await isFree(port))) throw new Transient(error);
  throw error;
}

/**
 * PostgreSQL does not start when the pid in the file of a dead server is by now that of another process. It is
 * replaced by one that no process has; the file stays, because it also names the shared memory by which PostgreSQL
 * sees that backends of the dead server still live.
 */
async function disownForeignPid({ clusterDir }: Place): Promise<void> {
  const path = join(clusterDir, pidFileName);
  const postmaster = await readPostmaster(clusterDir);
  if (!postmaster || (await serves(postmaster.pid, clusterDir))) return;
  const [, ...rest] = ((await readRecord(path)) ?? '').split('\n');
  await writeRecord(path, [`${noProcess}`, ...rest].join('\n'));
}

/** Above every limit of Linux (2^22) and macOS (99,999). */
const noProcess = 2 ** 31 - 2;

/** The log that was written since `begun`, in milliseconds since 1970. */
async function newestLog(clusterDir: string, begun: number): Promise<string> {
  const directory = join(clusterDir, 'log');
  const parts: string[] = [];
  const names = await readdir(directory).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) {
    const path = join(directory, name);
    if ((await stat(path)).mtimeMs >= begun) parts.push(lastLines((await readRecord(path)) ?? ''));
  }
  return parts.join('\n');
}
