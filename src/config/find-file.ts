import { join, resolve } from 'node:path';
import type { Problem } from './problems.ts';
import type { ReadFile } from './read-file.ts';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

export interface FileSearch {
  readonly cwd: string;
  readonly dataDir: string;
  /** A path that was asked for, and the name of what asked for it; then no other place is looked at. */
  readonly asked: { readonly path: string; readonly by: string } | null;
  readonly readFile: ReadFile;
  readonly problems: Problem[];
  readonly warnings: string[];
}

const fileName = 'pushledger.yaml';

/** The configuration file: the one asked for, else the data directory's, else the working directory's, else none. */
export function findConfigFile(search: FileSearch): ConfigFile | null {
  const { cwd, dataDir, asked, readFile, problems, warnings } = search;
  if (asked !== null) {
    const path = resolve(cwd, asked.path);
    const file = readFile(path);
    if (file.ok) return { path, text: file.text };
    problems.push({ name: asked.by, found: unreadable(path, file.reason), expected: 'a readable file' });
    return null;
  }
  let chosen: ConfigFile | null = null;
  for (const path of new Set([join(dataDir, fileName), join(cwd, fileName)])) {
    const file = readFile(path);
    if (file.ok && chosen === null) chosen = { path, text: file.text };
    else if (file.ok) warnings.push(`${path} is not read, because ${chosen?.path} exists`);
    else if (!file.missing && chosen === null) {
      // Going on with the defaults would start a service that is configured differently than its operator thinks.
      problems.push({
        name: path,
        found: unreadable(path, file.reason),
        expected: 'a readable file, or none',
      });
    }
  }
  return chosen;
}

function unreadable(path: string, reason: string): string {
  return `no readable file at ${JSON.stringify(path)} (${reason})`;
}
