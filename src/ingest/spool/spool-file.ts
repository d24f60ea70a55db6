import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock } from '../../runtime/clock.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createTables, schemaVersion, startSequence } from './schema.ts';

/** Another process that has the file open (`spool retry`) holds it for milliseconds; this blocks the event loop. */
const busyTimeoutMs = 1_000;
/** A file that could not be opened is tried again after this long, in milliseconds: checking it takes time. */
const reopenAfterMs = 10_000;
/** The alarm of a state that lasts is repeated so often, in milliseconds. */
const alarmEveryMs = 60_000;
/** Primary result codes, https://sqlite.org/rescode.html. */
const sqliteBusy = 5;
const sqliteFull = 13;

export type SpoolState = 'ok' | 'broken' | 'full';

/** Runs a statement that is prepared once for each connection. */
export type Prepare = (sql: string) => StatementSync;

export interface SpoolFile {
  /**
   * Runs `work` in one transaction. When it returns, all of it is on the disk.
   *
   * @throws CodedError SPOOL_UNAVAILABLE, and nothing of it is there
   */
  write<T>(work: (prepare: Prepare) => T): T;
  /** @throws CodedError SPOOL_UNAVAILABLE */
  read<T>(work: (prepare: Prepare) => T): T;
  /** The bound was met: an alarm as for a full disk, mended by the next write. Not to be called inside one. */
  full(reason: string): CodedError;
  trouble(): { readonly state: SpoolState; readonly reason: string | null };
  close(): void;
}

interface Connection {
  readonly database: DatabaseSync;
  readonly prepare: Prepare;
  readonly inode: bigint;
}

interface Trouble {
  readonly state: Exclude<SpoolState, 'ok'>;
  readonly reason: string;
  readonly at: number;
  /** The file that it was had with. */
  readonly inode: bigint;
}

export interface SpoolFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The SQLite file behind the spool. It never throws at its opening and never changes a file that it cannot read: the
 * service goes on without it, and takes it up again when it was mended or moved away.
 *
 * Its calls block the event loop for the length of an fsync. That is meant: they are made while the store is away,
 * a whole group at a time, and a thread of its own would cost every delivery two hops.
 */
export function openSpoolFile({ path, clock, logger }: SpoolFileOptions): SpoolFile {
  let connection: Connection | null = null;
  let trouble: Trouble | null = null;
  let alarmedAt = Number.NEGATIVE_INFINITY;
  const now = () => clock.now().getTime();

  function connected(): Connection {
    // Whoever moves the file away means it: what is written to a file without a name is lost at the next start.
    if (connection && inodeOf(path) !== connection.inode) disconnect();
    if (connection) return connection;
    const isSame = trouble?.state === 'broken' && trouble.inode === inodeOf(path);
    if (trouble && isSame && now() - trouble.at < reopenAfterMs) throw unavailable(trouble.reason);
    connection = connect(path, now());
    return connection;
  }

  function disconnect(): void {
    const old = connection;
    connection = null;
    try {
      old?.database.close();
    } catch (error) {
      logger.debug({ err: error }, 'a broken spool file could not be closed');
    }
  }

  function use<T>(work: (connection: Connection) => T, mends: boolean): T {
    let result: T;
    try {
      result = work(connected());
    } catch (error) {
      throw error instanceof CodedError ? error : failed(error);
    }
    // A full disk still reads well.
    if (trouble && (mends || trouble.state === 'broken')) {
      logger.info({ path }, 'the spool works again');
      trouble = null;
    }
    return result;
  }

  function failed(error: unknown): CodedError {
    const state = isFull(error) ? 'full' : 'broken';
    if (state === 'broken' && codeOf(error) !== sqliteBusy) disconnect();
    return alarm(state, messageOf(error), error);
  }

  function alarm(state: Trouble['state'], reason: string, cause?: unknown): CodedError {
    trouble = { state, reason, at: now(), inode: inodeOf(path) };
    if (now() - alarmedAt >= alarmEveryMs) {
      alarmedAt = now();
      logger.error({ path, state, reason }, advice[state]);
    }
    return unavailable(reason, cause);
  }

  function unavailable(reason: string, cause?: unknown): CodedError {
    return new CodedError('SPOOL_UNAVAILABLE', reason, { cause });
  }

  return {
    write: (work) =>
      use(({ database, prepare }) => {
        database.exec('begin immediate');
        try {
          const result = work(prepare);
          database.exec('commit');
          return result;
        } catch (error) {
          // Some errors have rolled it back already.
          if (database.isTransaction) database.exec('rollback');
          throw error;
        }
      }, true),
    read: (work) => use(({ prepare }) => work(prepare), false),
    full: (reason) => alarm('full', reason),
    trouble: () => ({ state: trouble?.state ?? 'ok', reason: trouble?.reason ?? null }),
    close: disconnect,
  };
}

const advice: Readonly<Record<Trouble['state'], string>> = {
  full: 'the spool is full: while the event store is away, deliveries are refused; make room, or raise SPOOL_LIMIT',
  broken:
    'the spool cannot be used: while the event store is away, deliveries are refused; nothing in the file was ' +
    'changed, move it away with its -wal and -shm, and a new one is made',
};

function connect(path: string, now: number): Connection {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite would make it readable for all; its other files take the mode of this one.
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // FULL: a commit is on the disk when it returns. (fullfsync: on macOS, too, where fsync alone is not enough.)
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma fullfsync = on');
    const [problem] = database.prepare('pragma quick_check(1)').all();
    if (problem?.quick_check !== 'ok') throw new Error(`the file is damaged: ${problem?.quick_check}`);
    database.exec('begin immediate');
    const version = database.prepare('pragma user_version').get()?.user_version;
    const isEmpty = database.prepare('select 1 from sqlite_schema').get() === undefined;
    if (version === 0 && isEmpty) {
      database.exec(createTables);
      database.prepare(startSequence).run(now);
    } else if (version !== schemaVersion) {
      throw new Error(`the file is of version ${version}, this program knows version ${schemaVersion}`);
    }
    database.exec('commit');
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return { database, prepare, inode: inodeOf(path) };
}

function inodeOf(path: string): bigint {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? -1n;
}

function isFull(error: unknown): boolean {
  return (
    codeOf(error) === sqliteFull || (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
  );
}

/** The primary result code of an error of SQLite. */
function codeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : null;
}
