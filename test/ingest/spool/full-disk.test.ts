import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, fixture } from '../../support/delivery.ts';
import { randomSha } from './support/spooled.ts';
import { type SpooledIngest, startSpooledIngest } from './support/spooled-ingest.ts';

/** A file system needs root, and a kernel that lets a container mount one. */
const canMount = (() => {
  const place = mkdtempSync(join(tmpdir(), 'pushledger-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true });
  }
})();

describe.skipIf(!canMount)('on a disk that is full', () => {
  let disk: string;
  let ingest: SpooledIngest;

  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), 'pushledger-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    ingest = startSpooledIngest(disk);
  });
  afterEach(async () => {
    try {
      await ingest.stop();
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  });

  const push = (repositoryId: number) => {
    const body = fixture('push-force-rewrite');
    const changed = { ...body, after: randomSha(), repository: { ...body.repository, id: repositoryId } };
    return { body: bytesOf(changed) };
  };

  /** Sends until the disk takes no more, and says how many it took. */
  async function fill(): Promise<number> {
    for (let count = 0; count < 20_000; count++) {
      const answer = await ingest.send(push(1 + (count % 5)));
      if (answer === 'SPOOL_UNAVAILABLE') return count;
      expect(answer).toBe('spooled');
    }
    throw new Error('the disk was never full');
  }

  test('what was spooled is there, what was not was refused, and the alarm was raised', async () => {
    ingest.store.mode('fails');
    const taken = await fill();
    expect(statfsSync(disk).bavail * statfsSync(disk).bsize).toBeLessThan(64 * 1_024);
    expect(taken).toBeGreaterThan(100);
    expect(ingest.status()).toMatchObject({ state: 'full', pending: taken });
    expect(ingest.log.messages('error')).toEqual([expect.stringContaining('the spool is full')]);
  });

  test('a store that is back takes what was spooled and what comes, though nothing can be removed', async () => {
    ingest.store.mode('fails');
    const taken = await fill();
    ingest.store.mode('takes');
    ingest.drain();
    await ingest.passing('all in the store', () => ingest.pushes().length === taken);
    expect(await ingest.send(push(1))).toBe('accepted');
    expect(ingest.pushes()).toHaveLength(taken + 1);
    expect(ingest.status()).toMatchObject({ state: 'full', pending: taken });
  });

  test('it goes on by itself when there is room again', async () => {
    const ballast = join(disk, 'of-another-program');
    writeFileSync(ballast, Buffer.alloc(1_024 ** 2));
    ingest.store.mode('fails');
    const taken = await fill();
    unlinkSync(ballast);
    expect(await ingest.send(push(1))).toBe('spooled');
    expect(ingest.status()).toMatchObject({ state: 'ok', pending: taken + 1 });
    ingest.store.mode('takes');
    await ingest.drained();
    expect(ingest.pushes()).toHaveLength(taken + 1);
  });
});
