import { closeSync, fchownSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../runtime/clock.ts';
import { hasCode } from './failure.ts';
import { isRoot } from './identity.ts';

/**
 * The three levels of SQLite's own file lock, which end with the process that holds them, however it dies:
 * - `use`: processes use the server, as many as there are;
 * - `start`: one of them makes or starts it; the others may go on using (and waiting for) it;
 * - `stop`: nobody else uses it.
 */
export type LockLevel = 'use' | 'start' | 'stop';

/** Given back by `release`, or when it is no longer referenced: whoever needs it must keep it. */
export interface Lock {
  release(): void;
}

const begin: Record<LockLevel, string> = {
  use: 'BEGIN; SELECT 1 FROM sqlite_schema',
  start: 'BEGIN IMMEDIATE',
  stop: 'BEGIN EXCLUSIVE',
};

const pauseMs = 50;
const sqliteBusy = 5;

/**
 * Makes the lock's file, owned by the directory's owner. Synchronous, because closing a file gives up all locks that
 * this process has on it: no other acquisition may come between.
 */
export function ensureLockFile(path: string): void {
  try {
    const file = openSync(path, 'wx', 0o600);
    const owner = statSync(dirname(path));
    if (isRoot()) fchownSync(file, owner.uid, owner.gid);
    closeSync(file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** Never waits, because SQLite would block the event loop: undefined when another holder is in the way. */
export function tryLock(path: string, level: LockLevel): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written; without a journal file there is none to roll back after a kill.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec(begin[level]);
    return {
      release: () => {
        if (database.isOpen) database.close();
      },
    };
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** Waits for a lock until the signal aborts. */
export async function lock(path: string, level: LockLevel, clock: Clock, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted();
    const held = tryLock(path, level);
    if (held) return held;
    await clock.sleep(pauseMs, signal);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy;
}
