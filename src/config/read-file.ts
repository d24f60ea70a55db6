import { readFileSync } from 'node:fs';

export type FileOutcome =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: boolean; readonly reason: string };

export type ReadFile = (path: string) => FileOutcome;

/** A text file, or why it cannot be read: the reason is the system's code, never the content. */
export function readTextFile(path: string): FileOutcome {
  try {
    return { ok: true, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { ok: false, missing: code === 'ENOENT' || code === 'ENOTDIR', reason: code };
  }
}
