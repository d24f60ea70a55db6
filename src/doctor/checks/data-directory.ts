import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

export interface DirectoryFacts {
  readonly path: string;
  /** Null where it is not there. */
  readonly found: { readonly isDirectory: boolean; readonly mode: number } | null;
  /** Of the directory or, where it is not there, of the nearest one above it. */
  readonly writable: boolean;
}

export function judgeDirectory({ path, found, writable }: DirectoryFacts): Judgement[] {
  const rights = 'run as the user that owns it, or set PUSHLEDGER_DATA_DIR to a directory of yours';
  if (!found) {
    return writable
      ? [ok(`${path} is made by the first start`)]
      : [wrong(`${path} is not there and cannot be made by this user`, rights)];
  }
  if (!found.isDirectory) return [wrong(`${path} is no directory`, 'set PUSHLEDGER_DATA_DIR to a directory')];
  if (!writable) return [wrong(`${path} cannot be read and written by this user`, rights)];
  // Group and others may pass through (the embedded server's user has to), not look into it.
  if ((found.mode & 0o066) !== 0) {
    return [
      warning(
        `${path} can be read by other users (mode ${(found.mode & 0o777).toString(8)})`,
        `it holds secrets: chmod go-rw ${path}`,
      ),
    ];
  }
  return [ok(`${path} can be read and written`)];
}

export const dataDirectory = checkOf(
  'data directory',
  'rights',
  async ({ config: { dataDir } }): Promise<DirectoryFacts> => {
    const found = await stat(dataDir).catch(() => null);
    const place = found ? dataDir : await nearestAbove(dataDir);
    const writable = await access(place, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    return {
      path: dataDir,
      found: found && { isDirectory: found.isDirectory(), mode: found.mode },
      writable,
    };
  },
  judgeDirectory,
);

export async function nearestAbove(path: string): Promise<string> {
  let place = path;
  while (place !== dirname(place) && !(await stat(place).catch(() => null))) place = dirname(place);
  return place;
}
