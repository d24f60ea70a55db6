import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A directory on a small disk of its own, which can be filled. */
export interface SmallDisk {
  readonly path: string;
  /** False where this process may not mount: then it is a directory like any other, and `fill` does nothing. */
  readonly isOwn: boolean;
  fill(): void;
  free(): void;
  close(): void;
}

export function makeSmallDisk(path: string, megabytes: number): SmallDisk {
  mkdirSync(path, { recursive: true });
  const isOwn = mounted(path, megabytes);
  chmodSync(path, 0o711);
  const ballast = join(path, 'ballast');
  return {
    path,
    isOwn,
    fill() {
      if (!isOwn) return;
      // Less and less, as what else is written there takes its part meanwhile.
      for (let part = 1; part >= 0.01; part /= 2) {
        const { bavail, bsize } = statfsSync(path);
        try {
          writeFileSync(ballast, Buffer.alloc(Math.floor(bavail * bsize * part)), { flag: 'a' });
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        }
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close() {
      if (isOwn) execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function mounted(path: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'pushledger-chaos', path], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
