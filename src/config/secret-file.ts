import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../runtime/errors.ts';
import { Secret } from './secret.ts';

/** A secret that is made in the data directory where none is configured. */
export interface SecretFile {
  /** Its name in the data directory. */
  readonly name: string;
  /** What it is, for messages: `a webhook secret`. */
  readonly what: string;
  /** The setting that takes its place. */
  readonly setting: string;
}

export interface FoundSecret {
  readonly secret: Secret;
  /** True when this call made it, so that it can be pointed out to the operator once. */
  readonly created: boolean;
  readonly path: string;
  readonly warnings: readonly string[];
}

/**
 * The secret in the file, made at the first start. Processes that start at once all get the same one.
 *
 * @throws CodedError CONFIG_INVALID when the file can neither be read nor made, or is empty
 */
export function ensureSecretFile(dataDir: string, file: SecretFile): FoundSecret {
  const path = join(dataDir, file.name);
  return orInvalid(path, file, () => {
    const created = readIfThere(path) === null && makeFile(dataDir, path);
    return {
      secret: secretOf(readIfThere(path) ?? '', path, file),
      created,
      path,
      warnings: looseness(path),
    };
  });
}

/**
 * The secret in the file, or null where none was ever made.
 *
 * @throws CodedError CONFIG_INVALID when the file cannot be read, or is empty
 */
export function readSecretFile(dataDir: string, file: SecretFile): Secret | null {
  const path = join(dataDir, file.name);
  return orInvalid(path, file, () => {
    const text = readIfThere(path);
    return text === null ? null : secretOf(text, path, file);
  });
}

function orInvalid<T>(path: string, { setting }: SecretFile, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const repair = `make the directory writable, or set ${setting}`;
    throw new CodedError('CONFIG_INVALID', `${path} can neither be read nor made (${code}); ${repair}`);
  }
}

function secretOf(content: string, path: string, { what }: SecretFile): Secret {
  const text = content.replace(/(\r?\n)+$/, '');
  if (text.trim() === '' || /[\r\n\0]/.test(text)) {
    const repair = 'write one line into it, or remove it and start again to have one made';
    throw new CodedError('CONFIG_INVALID', `${path} does not hold ${what}; ${repair}`);
  }
  return new Secret(text);
}

/**
 * Makes the file whole or not at all: the content is on disk under a name of its own before a hard link, which
 * fails when the name is taken, gives it its real one. So no process ever reads half a secret, and the first one
 * wins. (Rename would let the last one win, after the first had already used its secret.)
 *
 * @returns false when another process was first
 */
function makeFile(dataDir: string, path: string): boolean {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  try {
    writeFileSync(temporary, `${randomBytes(32).toString('hex')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    linkSync(temporary, path);
    syncDirectory(dataDir);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Without this a power cut may take the name away, while what the secret signed stays. */
function syncDirectory(dataDir: string): void {
  const descriptor = openSync(dataDir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function looseness(path: string): string[] {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [`${path} can be read by others (mode ${mode.toString(8)}); run: chmod 600 ${path}`];
}
