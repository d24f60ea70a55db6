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
import { weakness } from './check.ts';
import { Secret, type WebhookSecret } from './secret.ts';

export interface GeneratedSecret {
  readonly secret: WebhookSecret;
  /** True when this call made it, so that it can be pointed out to the operator once. */
  readonly created: boolean;
  readonly path: string;
  readonly warnings: readonly string[];
}

/**
 * The webhook secret where none is configured: read from `<dataDir>/webhook-secret`, made there at the first start.
 * Named `generated`. Processes that start at once all get the same one.
 *
 * @throws CodedError CONFIG_INVALID when the file can neither be read nor made, or is empty
 */
export function ensureWebhookSecret(dataDir: string): GeneratedSecret {
  const path = join(dataDir, 'webhook-secret');
  try {
    const created = readIfThere(path) === null && makeFile(dataDir, path);
    const text = (readIfThere(path) ?? '').replace(/(\r?\n)+$/, '');
    if (text.trim() === '' || /[\r\n\0]/.test(text)) {
      const repair = 'write one line into it, or remove it and start again to have one made';
      throw new CodedError('CONFIG_INVALID', `${path} does not hold a webhook secret; ${repair}`);
    }
    const secret = { name: 'generated', secret: new Secret(text) };
    return { secret, created, path, warnings: [...looseness(path), ...weakness(secret)] };
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const repair = 'make the directory writable, or set GITEA_WEBHOOK_SECRET';
    throw new CodedError('CONFIG_INVALID', `${path} can neither be read nor made (${code}); ${repair}`);
  }
}

/**
 * Makes the file whole or not at all: the content is on disk under a name of its own before a hard link, which
 * fails when the name is taken, gives it its real one. So no process ever reads half a secret, and the first one
 * wins. (Rename would let the last one win, after the first had already shown its secret to Gitea.)
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

/** Without this a power cut may take the name away, while Gitea keeps signing with the secret. */
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
