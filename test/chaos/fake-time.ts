import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's package `libfaketime`; see its README. */
function findLibrary(): string | null {
  const roots = ['/usr/lib', '/usr/lib64', '/usr/local/lib'].filter((root) => existsSync(root));
  const directories = roots.flatMap((root) => [root, ...readdirSync(root).map((name) => join(root, name))]);
  const paths = directories.map((directory) => join(directory, 'faketime', 'libfaketime.so.1'));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** The wall clock of a process, which can jump while the process runs. */
export interface FakeTime {
  /** For the environment of the process; empty where libfaketime is not installed. */
  readonly env: Readonly<Record<string, string>>;
  readonly isAble: boolean;
  /** By so many seconds off the real time; 0 is the real time. */
  jump(seconds: number): void;
}

/** @param file where the offset is kept, which the library reads at each look at the clock */
export function makeFakeTime(file: string): FakeTime {
  const library = findLibrary();
  const jump = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  if (library === null) return { env: {}, isAble: false, jump: () => undefined };
  jump(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // A clock that somebody sets does not move the monotonic one, by which timers run.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Files have the times of the disk.
      NO_FAKE_STAT: '1',
    },
    isAble: true,
    jump,
  };
}
