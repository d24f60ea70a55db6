import { dirname } from 'node:path';
import { nearest } from './nearest.ts';
import { kindOf, type Problem } from './problems.ts';
import { readSecret, type SecretOrigin, type SecretReaders } from './read-secret.ts';
import type { Secret, WebhookSecret } from './secret.ts';
import { type Setting, settingOf } from './settings.ts';

/** Where a value came from: `default`, `environment`, or the path of the configuration file. */
export type Source = string;

export interface Sources extends SecretReaders {
  /** The configuration file that was read, null when there is none. */
  readonly file: string | null;
  readonly fileValues: ReadonlyMap<string, unknown>;
  /** Everything that is wrong is added here, and the search goes on. */
  readonly problems: Problem[];
}

export interface Found<T> {
  readonly value: T;
  readonly source: Source;
}

const webhookSecretName = /^[a-z0-9-]{1,32}$/;

const forms = ['value', 'file', 'command'] as const;

/** The name by which an operator knows a setting that stands in the file. */
export function nameInFile(key: string, sources: Sources): string {
  return `${key} (${sources.file})`;
}

/** The text of a setting, environment first. An empty variable counts as not set: compose files pass such on. */
export function collectText(setting: Setting, sources: Sources): Found<string | null> {
  const fromEnvironment = setting.env === null ? undefined : sources.env[setting.env];
  if (fromEnvironment !== undefined && fromEnvironment.trim() !== '') {
    return { value: fromEnvironment.trim(), source: 'environment' };
  }
  const fromFile = sources.fileValues.get(setting.key);
  if (fromFile === undefined) return { value: setting.default, source: 'default' };
  if (typeof fromFile === 'string') return { value: fromFile.trim(), source: sources.file ?? 'default' };
  const name = nameInFile(setting.key, sources);
  sources.problems.push({ name, found: kindOf(fromFile), expected: setting.expected });
  return { value: setting.default, source: 'default' };
}

/** The list of a setting that only the file can say. Its items are checked with all other values. */
export function collectList(setting: Setting, sources: Sources): Found<readonly unknown[]> {
  const byDefault = setting.default === null ? [] : [setting.default];
  const fromFile = sources.fileValues.get(setting.key);
  if (fromFile === undefined) return { value: byDefault, source: 'default' };
  if (Array.isArray(fromFile)) return { value: fromFile, source: sources.file ?? 'default' };
  const name = nameInFile(setting.key, sources);
  sources.problems.push({ name, found: kindOf(fromFile), expected: setting.expected });
  return { value: byDefault, source: 'default' };
}

/** The secret of a setting. An empty one is refused, never taken for "not set": a broken script gives just that. */
export function collectSecret(setting: Setting, sources: Sources): Found<Secret | null> {
  if (isInEnvironment(setting, sources)) {
    return { value: secretFromEnvironment(setting, sources), source: 'environment' };
  }
  const fromFile = sources.fileValues.get(setting.key);
  if (fromFile === undefined) return { value: null, source: 'default' };
  const entry = typeof fromFile === 'object' ? fromFile : { value: fromFile };
  return { value: secretFromFile(entry, setting.key, [], sources), source: sources.file ?? 'default' };
}

/** Whether a webhook secret is kept for verifying what is stored only. */
export interface CollectedWebhookSecret extends Found<WebhookSecret> {
  readonly retired: boolean;
}

/** All webhook secrets: those of the file, and the environment's under the name `default`. */
export function collectWebhookSecrets(sources: Sources): CollectedWebhookSecret[] {
  const setting = settingOf('webhookSecrets');
  const found: CollectedWebhookSecret[] = [];
  const names = new Set<string>();
  if (isInEnvironment(setting, sources)) {
    const secret = secretFromEnvironment(setting, sources);
    names.add('default');
    if (secret) found.push({ value: { name: 'default', secret }, source: 'environment', retired: false });
  }
  for (const [index, entry] of collectList(setting, sources).value.entries()) {
    const place = `webhookSecrets[${index}]`;
    const name = webhookSecretNameOf(entry, place, names, sources);
    const retired = isRetired(entry, place, sources);
    const secret = secretFromFile(entry, place, ['name'], sources, ['retired']);
    if (name !== null && secret) {
      found.push({ value: { name, secret }, source: sources.file ?? 'default', retired });
    }
  }
  return found;
}

/** What is neither true nor false is refused: a retired secret must not be accepted because of a typing error. */
function isRetired(entry: unknown, place: string, sources: Sources): boolean {
  if (!isGroup(entry) || entry.retired === undefined) return false;
  if (entry.retired === 'true' || entry.retired === 'false') return entry.retired === 'true';
  const name = nameInFile(`${place}.retired`, sources);
  sources.problems.push({ name, found: kindOf(entry.retired), expected: 'true or false' });
  return false;
}

function webhookSecretNameOf(
  entry: unknown,
  place: string,
  taken: Set<string>,
  sources: Sources,
): string | null {
  if (!isGroup(entry)) return null;
  const problem = (found: string, expected: string) => {
    sources.problems.push({ name: nameInFile(`${place}.name`, sources), found, expected });
    return null;
  };
  const { name } = entry;
  const expected = 'a name of 1 to 32 of a-z, 0-9 and -';
  if (typeof name !== 'string' || name === '') return problem(kindOf(name), expected);
  if (!webhookSecretName.test(name)) {
    // The text is not shown: it may be a secret on the wrong line.
    return problem('a name with other characters or another length', expected);
  }
  if (taken.has(name)) {
    const hint = name === 'default' ? ' (GITEA_WEBHOOK_SECRET in the environment is named default)' : '';
    return problem(`the name ${name} a second time`, `a name of its own${hint}`);
  }
  taken.add(name);
  return name;
}

function isInEnvironment(setting: Setting, sources: Sources): boolean {
  return environmentOrigins(setting, sources).length > 0;
}

function environmentOrigins(setting: Setting, { env, cwd }: Sources): SecretOrigin[] {
  if (setting.env === null) return [];
  const name = setting.env;
  const origins: SecretOrigin[] = [];
  const value = env[name];
  const file = env[`${name}_FILE`];
  const command = env[`${name}_COMMAND`];
  if (value !== undefined) origins.push({ form: 'value', name, text: value });
  if (file !== undefined) origins.push({ form: 'file', name: `${name}_FILE`, text: file, relativeTo: cwd });
  if (command !== undefined) origins.push({ form: 'command', name: `${name}_COMMAND`, text: command });
  return origins;
}

function secretFromEnvironment(setting: Setting, sources: Sources): Secret | null {
  return onlySecret(environmentOrigins(setting, sources), setting.env ?? setting.key, sources);
}

/** A secret as the file writes it: a group with exactly one of value, file and command. Paths start at the file. */
function secretFromFile(
  entry: unknown,
  place: string,
  neededKeys: readonly string[],
  sources: Sources,
  otherKeys: readonly string[] = [],
): Secret | null {
  const problem = (where: string, found: string, expected: string) =>
    sources.problems.push({ name: nameInFile(where, sources), found, expected });
  if (!isGroup(entry)) {
    problem(
      place,
      kindOf(entry),
      `a group with ${[...neededKeys, 'one of value, file or command'].join(' and ')}`,
    );
    return null;
  }
  const allowed = [...neededKeys, ...forms, ...otherKeys];
  for (const key of Object.keys(entry).filter((each) => !allowed.includes(each))) {
    const expected = nearest(key, allowed) ?? `one of ${allowed.join(', ')}`;
    problem(`${place}.${key.slice(0, 80)}`, 'an unknown key', expected);
  }
  const relativeTo = sources.file === null ? sources.cwd : dirname(sources.file);
  const origins: SecretOrigin[] = [];
  const given = forms.filter((form) => Object.hasOwn(entry, form));
  for (const form of given) {
    const text = entry[form];
    const where = `${place}.${form}`;
    if (typeof text === 'string') origins.push({ form, name: nameInFile(where, sources), text, relativeTo });
    else problem(where, kindOf(text), 'a text that is not empty');
  }
  const told = given.length > 0 && origins.length === 0;
  return told ? null : onlySecret(origins, nameInFile(place, sources), sources);
}

function onlySecret(origins: readonly SecretOrigin[], name: string, sources: Sources): Secret | null {
  const [origin, ...others] = origins;
  if (origin === undefined || others.length > 0) {
    const found = origin === undefined ? 'no secret' : origins.map((each) => each.name).join(' and ');
    sources.problems.push({ name, found, expected: 'exactly one of the value, a file and a command' });
    return null;
  }
  const outcome = readSecret(origin, sources);
  if (outcome.ok) return outcome.secret;
  sources.problems.push({ name: origin.name, found: outcome.found, expected: outcome.expected });
  return null;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
