import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { kindOf, quote } from './problems.ts';
import { routeKeys } from './route-schema.ts';

export interface PlacedProblem {
  /** `routes[2].rooms[0]` */
  readonly place: string;
  readonly found: string;
  readonly expected: string;
}

/** What the schema found in the routes, as the file writes them. */
export function routeProblems(issue: z.core.$ZodIssue, routes: unknown): PlacedProblem[] {
  const { place, value } = locate(issue.path.slice(1).map(String), routes);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      place: `${place}.${key.slice(0, 80)}`,
      found: 'an unknown key',
      expected: nearest(key, routeKeys) ?? `one of ${routeKeys.join(', ')}`,
    }));
  }
  // A refinement of the group itself: its keys are what is wrong.
  const found = issue.code === 'custom' && isGroup(value) ? keysOf(value) : describe(value);
  return [{ place, found, expected: issue.message }];
}

function locate(path: readonly string[], routes: unknown): { place: string; value: unknown } {
  let place = 'routes';
  let value = routes;
  for (const part of path) {
    // A text that stands for a list of one has no index in the file.
    if (typeof value !== 'object' || value === null) break;
    place += Array.isArray(value) ? `[${part}]` : `.${part}`;
    value = Reflect.get(value, part);
  }
  return { place, value };
}

function describe(value: unknown): string {
  return typeof value === 'string' && value !== '' ? quote(value) : kindOf(value);
}

function keysOf(group: object): string {
  return Object.keys(group).join(' and ') || 'an empty group';
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
