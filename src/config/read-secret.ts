import { resolve } from 'node:path';
import type { ReadFile } from './read-file.ts';
import type { RunCommand } from './run-command.ts';
import { Secret } from './secret.ts';

/** Where a secret comes from, not yet read. `name` is what a problem is reported under. */
export type SecretOrigin =
  | { readonly form: 'value'; readonly name: string; readonly text: string }
  | { readonly form: 'file'; readonly name: string; readonly text: string; readonly relativeTo: string }
  | { readonly form: 'command'; readonly name: string; readonly text: string };

export interface SecretReaders {
  readonly readFile: ReadFile;
  readonly runCommand: RunCommand;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type SecretOutcome =
  | { readonly ok: true; readonly secret: Secret }
  | { readonly ok: false; readonly found: string; readonly expected: string };

/**
 * Reads a secret: the value itself, a file's only line, or the first line that a command prints (`pass show` prints
 * notes below the password). A newline at the end is never part of it.
 */
export function readSecret(origin: SecretOrigin, readers: SecretReaders): SecretOutcome {
  const expected = expectedOf[origin.form];
  if (origin.text.trim() === '') return { ok: false, found: 'an empty text', expected };
  const content = contentOf(origin, readers);
  if ('found' in content) return { ok: false, found: content.found, expected };
  const text = content.text.replace(/(\r?\n)+$/, '');
  const where =
    origin.form === 'value' ? '' : ` in the ${origin.form === 'file' ? 'file' : "command's output"}`;
  if (text.trim() === '') return { ok: false, found: `an empty text${where}`, expected };
  if (/[\r\n\0]/.test(text)) return { ok: false, found: `more than one line${where}`, expected };
  return { ok: true, secret: new Secret(text) };
}

const expectedOf = {
  value: 'one line that is not empty, or leave it out',
  file: 'the path of a readable file that holds the secret on one line',
  command: 'a command that prints the secret on its first line',
} as const;

function contentOf(origin: SecretOrigin, readers: SecretReaders): { text: string } | { found: string } {
  switch (origin.form) {
    case 'value':
      return { text: origin.text };
    case 'file': {
      const file = readers.readFile(resolve(origin.relativeTo, origin.text));
      return file.ok ? { text: file.text } : { found: `${pathForMessage(origin)} (${file.reason})` };
    }
    case 'command': {
      const outcome = readers.runCommand(origin.text, readers);
      return outcome.ok ? { text: outcome.stdout.split('\n')[0] ?? '' } : { found: outcome.reason };
    }
  }
}

/** A path without a slash is not shown: it may be the secret itself, put into the wrong variable. */
function pathForMessage(origin: { readonly text: string; readonly relativeTo: string }): string {
  const shown = origin.text.includes('/') ? JSON.stringify(origin.text) : `that name in ${origin.relativeTo}`;
  return `no readable file at ${shown}`;
}
