import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Lock, type LockLevel, tryLock } from '../../../src/postgres/embedded/lease.ts';
import { passableDirectory } from '../../support/postgres-directory.ts';

describe('the lease of a data directory', () => {
  let directory: string;
  let held: (Lock | undefined)[];

  beforeEach(async () => {
    directory = await passableDirectory();
    held = [];
  });
  afterEach(async () => {
    for (const lock of held) lock?.release();
    await rm(directory, { recursive: true, force: true });
  });

  function take(level: LockLevel): Lock | undefined {
    const lock = tryLock(join(directory, 'lock'), level);
    held.push(lock);
    return lock;
  }

  test.each<[LockLevel, LockLevel, boolean]>([
    ['use', 'use', true],
    ['use', 'start', true],
    ['use', 'stop', false],
    ['start', 'use', true],
    ['start', 'start', false],
    ['start', 'stop', false],
    ['stop', 'use', false],
    ['stop', 'start', false],
    ['stop', 'stop', false],
  ])('while one holds %s, whether another gets %s is %s', (first, second, allowed) => {
    expect(take(first)).toBeDefined();
    expect(take(second) !== undefined).toBe(allowed);
  });

  test('a lock that was given back is free, and giving it back twice does nothing', () => {
    const lock = take('stop');
    lock?.release();
    lock?.release();
    expect(take('stop')).toBeDefined();
  });

  test('a refused attempt leaves nothing behind that would keep others out', () => {
    const user = take('use');
    expect(take('stop')).toBeUndefined();
    expect(take('use')).toBeDefined();
    user?.release();
    held[2]?.release();
    expect(take('stop')).toBeDefined();
  });
});
