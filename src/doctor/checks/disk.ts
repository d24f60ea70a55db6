import { statfs } from 'node:fs/promises';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';
import { nearestAbove } from './data-directory.ts';

/** Sizes in bytes. */
export interface DiskFacts {
  readonly path: string;
  readonly free: number;
  /** How far the spool may grow. */
  readonly spoolLimit: number;
}

const mib = 1_024 ** 2;
const leastFree = 100 * mib;
const littleFree = 1_024 * mib;

export function judgeDisk({ path, free, spoolLimit }: DiskFacts): Judgement[] {
  const left = `${Math.floor(free / mib)} MiB are free at ${path}`;
  if (free < leastFree) return [wrong(left, 'make room: a full disk takes no more pushes')];
  if (free < littleFree) return [warning(left, 'make room before it is full')];
  if (free < spoolLimit) {
    return [
      warning(
        `${left}, less than the spool may take (${Math.floor(spoolLimit / mib)} MiB)`,
        'make room, or set SPOOL_LIMIT lower',
      ),
    ];
  }
  return [ok(left)];
}

export const disk = checkOf(
  'data directory',
  'disk',
  async ({ config }): Promise<DiskFacts> => {
    const path = await nearestAbove(config.dataDir);
    const { bavail, bsize } = await statfs(path);
    return { path, free: bavail * bsize, spoolLimit: config.spoolMaxBytes };
  },
  judgeDisk,
);
