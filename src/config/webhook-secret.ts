import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../runtime/errors.ts';
import { weakness } from './check.ts';
import type { WebhookSecret } from './secret.ts';
import { ensureSecretFile, readSecretFile, type SecretFile } from './secret-file.ts';

export interface GeneratedSecret {
  readonly secret: WebhookSecret;
  /** True when this call made it, so that it can be pointed out to the operator once. */
  readonly created: boolean;
  readonly path: string;
  readonly warnings: readonly string[];
}

/** The secrets that were made in the data directory, oldest first. */
export interface GeneratedSecrets {
  /** Those that verify deliveries: one, or two while a rotation is under way. Hooks are made with the last one. */
  readonly accepted: readonly WebhookSecret[];
  /** Verify what is stored, and no delivery. */
  readonly retired: readonly WebhookSecret[];
}

const fileName = 'webhook-secret';
const retiredSuffix = '.retired';
const namePattern = /^generated(?:-([1-9]\d{0,5}))?$/;

/**
 * The webhook secret where none is configured: read from the data directory, made there (`webhook-secret`, named
 * `generated`) at the first start. After a rotation, the newest one (`webhook-secret-2`, named `generated-2`, and so on).
 *
 * @throws CodedError CONFIG_INVALID when the file can neither be read nor made, or is empty
 */
export function ensureWebhookSecret(dataDir: string): GeneratedSecret {
  const ordinal = ordinalsIn(dataDir).accepted.at(-1) ?? 1;
  const { secret, created, path, warnings } = ensureSecretFile(dataDir, fileOf(ordinal));
  const named = { name: nameOf(ordinal), secret };
  return { secret: named, created, path, warnings: [...warnings, ...weakness(named)] };
}

/**
 * Those that earlier starts and rotations made; also where others are configured by now.
 *
 * @throws CodedError CONFIG_INVALID when a file cannot be read, or is empty
 */
export function readGeneratedWebhookSecrets(dataDir: string): GeneratedSecrets {
  const { accepted, retired } = ordinalsIn(dataDir);
  return {
    accepted: accepted.flatMap((ordinal) => named(dataDir, ordinal, '')),
    retired: retired.flatMap((ordinal) => named(dataDir, ordinal, retiredSuffix)),
  };
}

/**
 * Makes the next secret, beside the one in use: from then on both are accepted. Processes that do it at once get the
 * same one; and where two are accepted already, as a rotation was interrupted, that is the newer of them.
 *
 * @throws CodedError CONFIG_INVALID when the file can neither be read nor made
 */
export function makeNextWebhookSecret(dataDir: string): WebhookSecret {
  const { accepted, retired } = ordinalsIn(dataDir);
  const newest = Math.max(0, ...accepted, ...retired);
  const ordinal = accepted.length > 1 ? newest : newest + 1;
  return { name: nameOf(ordinal), secret: ensureSecretFile(dataDir, fileOf(ordinal)).secret };
}

/** From then on the secret verifies only what is stored. Doing it again changes nothing. */
export function retireWebhookSecret(dataDir: string, name: string): void {
  const [match, digits] = namePattern.exec(name) ?? [];
  if (match === undefined) throw new CodedError('USAGE', `${name} was not made in the data directory`);
  const path = join(dataDir, fileOf(Number(digits ?? 1)).name);
  if (existsSync(path)) renameSync(path, `${path}${retiredSuffix}`);
}

function named(dataDir: string, ordinal: number, suffix: string): WebhookSecret[] {
  const file = fileOf(ordinal);
  const secret = readSecretFile(dataDir, { ...file, name: `${file.name}${suffix}` });
  // It may have been retired between the look into the directory and this one.
  return secret === null ? [] : [{ name: nameOf(ordinal), secret }];
}

function ordinalsIn(dataDir: string): { accepted: number[]; retired: number[] } {
  const accepted: number[] = [];
  const retired: number[] = [];
  for (const entry of entriesOf(dataDir)) {
    const [match, digits, suffix] = /^webhook-secret(?:-([1-9]\d{0,5}))?(\.retired)?$/.exec(entry) ?? [];
    if (match === undefined) continue;
    (suffix === undefined ? accepted : retired).push(Number(digits ?? 1));
  }
  const ascending = (a: number, b: number) => a - b;
  return { accepted: accepted.sort(ascending), retired: retired.sort(ascending) };
}

function entriesOf(dataDir: string): string[] {
  try {
    return readdirSync(dataDir);
  } catch {
    // What is wrong with the directory is told by whoever reads or makes the file.
    return [];
  }
}

function fileOf(ordinal: number): SecretFile {
  const name = ordinal === 1 ? fileName : `${fileName}-${ordinal}`;
  return { name, what: 'a webhook secret', setting: 'GITEA_WEBHOOK_SECRET' };
}

function nameOf(ordinal: number): string {
  return ordinal === 1 ? 'generated' : `generated-${ordinal}`;
}
