import { CodedError } from '../runtime/errors.ts';

/** One thing that is wrong with a configuration. `found` never holds a secret's value. */
export interface Problem {
  readonly name: string;
  readonly found: string;
  readonly expected: string;
}

/** All problems at once, one a line: whoever repairs a configuration should not have to start five times. */
export function configError(problems: readonly Problem[]): CodedError {
  const lines = problems.map(
    ({ name, found, expected }) => `\n  ${name}: found ${found}; expected ${expected}`,
  );
  return new CodedError('CONFIG_INVALID', lines.join(''));
}

const shownLength = 80;

/** A value for a message: on one line, bounded, and without the user name and password that an address may hold. */
export function quote(value: string): string {
  const harmless = value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1[hidden]@');
  const cut = harmless.length > shownLength ? `${harmless.slice(0, shownLength)}…` : harmless;
  return JSON.stringify(cut);
}

/** What kind of YAML value this is, for a message that must not show the value itself. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  return `a ${typeof value}`;
}
