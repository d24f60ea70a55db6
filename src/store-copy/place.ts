import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../runtime/errors.ts';

/** Where a log is, as `--from` and `--to` say it. */
export type Place =
  | { readonly kind: 'postgres' | 'kurrentdb'; readonly url: string; readonly name: string }
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'configured'; readonly name: string };

export interface PlaceOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What is parsed: `--from` or `--to`. */
  readonly option: string;
}

/**
 * Reads `postgres://…`, `esdb://…`, `esdb+discover://…`, `file:PATH`, `configured` (what `serve` uses), and `env:NAME`
 * for any of these that is kept from other users' eyes in a variable.
 *
 * @throws CodedError USAGE that quotes nothing, as it may hold a password
 */
export function parsePlace(text: string, options: PlaceOptions): Place {
  const { env, cwd, option } = options;
  const variable = /^env:(.*)$/s.exec(text)?.[1];
  if (variable !== undefined) {
    const value = env[variable]?.trim() ?? '';
    if (value === '') throw new CodedError('USAGE', `${option}: the environment holds no ${variable}`);
    return parsePlace(value, { ...options, env: {}, option: `${option} (${variable})` });
  }
  if (text === 'configured') return { kind: 'configured', name: 'the configured event store' };
  if (/^postgres(ql)?:\/\//i.test(text) && URL.canParse(text)) {
    return { kind: 'postgres', url: text, name: withoutPassword(text) };
  }
  if (/^esdb(\+discover)?:\/\//i.test(text)) {
    return { kind: 'kurrentdb', url: text, name: withoutPassword(text) };
  }
  if (/^file:./s.test(text)) {
    const path = pathOf(text, cwd);
    return { kind: 'file', path, name: `file:${path}` };
  }
  throw new CodedError(
    'USAGE',
    `${option}: expected postgres://…, esdb://…, esdb+discover://…, file:PATH, configured, or env:NAME with one of these`,
  );
}

/** Scheme, hosts and database. */
export function withoutPassword(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z+]+:\/\/)(.*)$/is.exec(url) ?? [];
  const [beforeQuery = '', ...query] = rest.split('?');
  // An @ behind a ? may end a password that was not escaped; then nothing tells what is safe to show.
  if (query.join('?').includes('@')) return scheme;
  return scheme + beforeQuery.slice(beforeQuery.lastIndexOf('@') + 1);
}

function pathOf(text: string, cwd: string): string {
  if (text.startsWith('file:///') && URL.canParse(text)) return fileURLToPath(text);
  return resolve(cwd, text.slice('file:'.length));
}
