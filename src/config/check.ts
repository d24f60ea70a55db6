import type { z } from 'zod';
import { type Found, nameInFile, type Sources } from './collect.ts';
import { nearest } from './nearest.ts';
import { kindOf, type Problem, quote } from './problems.ts';
import { routeProblems } from './route-problems.ts';
import type { WebhookSecret } from './secret.ts';
import { type Setting, settingOf, settings } from './settings.ts';

const prefix = 'PUSHLEDGER_';
const shortestGoodSecret = 16;
const matrixKeys = ['matrix.homeserverUrl', 'matrix.accessToken', 'matrix.room'] as const;

/** Only names with our prefix can be told apart from other programs' variables; a typing error in one is refused. */
export function unknownVariables(env: Sources['env']): Problem[] {
  const known = settings.flatMap(({ env: name }) => (name?.startsWith(prefix) ? [name] : []));
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(prefix) && env[name] !== undefined && !known.includes(name),
  );
  return unknown.map((name) => {
    // Compared without the prefix, which would make any two names look alike.
    const ends = known.map((each) => each.slice(prefix.length));
    const meant = nearest(name.slice(prefix.length), ends);
    const expected = meant === null ? `one of ${known.join(', ')}` : `${prefix}${meant}`;
    return { name: name.slice(0, 80), found: 'an unknown environment variable', expected };
  });
}

/** Matrix needs all three settings, but for the room where routes name some; with none, messages go to the console. */
export function incompleteMatrix(found: ReadonlyMap<string, Found<unknown>>): Problem[] {
  const isMissing = (key: string) => found.get(key)?.source === 'default';
  const given = matrixKeys.filter((key) => !isMissing(key)).map(nameOf);
  const routed = nameRooms(found.get('routes')?.value);
  if (given.length === 0 && !routed) return [];
  const reasons = [
    ...(given.length > 0 ? [`${given.join(' and ')} ${given.length === 1 ? 'is' : 'are'} set`] : []),
    ...(routed ? ['routes name rooms'] : []),
  ];
  return matrixKeys
    .filter((key) => isMissing(key) && !(routed && key === 'matrix.room'))
    .map((key) => ({
      name: nameOf(key),
      found: 'nothing',
      expected: `${settingOf(key).expected}, because ${reasons.join(' and ')}`,
    }));
}

function nameRooms(routes: unknown): boolean {
  const namesRoom = (route: unknown) => typeof route === 'object' && route !== null && 'rooms' in route;
  return Array.isArray(routes) && routes.some(namesRoom);
}

/** What the schema found, in the operator's words. */
export function invalidValues(
  issues: readonly z.core.$ZodIssue[],
  found: ReadonlyMap<string, Found<unknown>>,
  sources: Sources,
): Problem[] {
  const problems = new Map<string, Problem>();
  for (const issue of issues) {
    const [key, index] = issue.path.map(String);
    if (key === undefined) continue;
    if (key === 'routes' && issue.path.length > 1) {
      for (const { place, ...problem } of routeProblems(issue, found.get(key)?.value)) {
        problems.set(place, { name: nameInFile(place, sources), ...problem });
      }
      continue;
    }
    const setting = settingOf(key);
    const place = index === undefined ? key : `${key}[${index}]`;
    const { value, source } = found.get(key) ?? { value: null, source: 'default' };
    const name = source === 'environment' ? (setting.env ?? key) : nameInFile(place, sources);
    const item = index !== undefined && Array.isArray(value) ? value[Number(index)] : value;
    problems.set(place, { name, found: describe(setting, item), expected: setting.expected });
  }
  return [...problems.values()];
}

/** A secret that can be guessed lets anybody write pushes. It is not refused: Gitea may hold it already. */
export function weakness({ name, secret }: WebhookSecret): string[] {
  const { length } = secret.reveal();
  if (length >= shortestGoodSecret) return [];
  return [`the webhook secret ${name} is shorter than ${shortestGoodSecret} characters and could be guessed`];
}

function nameOf(key: string): string {
  return settingOf(key).env ?? key;
}

function describe(setting: Setting, value: unknown): string {
  if (setting.kind === 'secret') return 'something else (not shown, because it is secret)';
  return typeof value === 'string' && value !== '' ? quote(value) : kindOf(value);
}
