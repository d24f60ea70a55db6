import { type Environment, interpolate } from './interpolate.ts';

/** One setting of an env file, `set` when its line is no comment. */
export interface EnvEntry {
  readonly name: string;
  readonly value: string;
  readonly set: boolean;
}

/** Settings, also those that are commented out: `#NAME=value`, without a space as in a sentence. */
export function readEnvFile(text: string): EnvEntry[] {
  return [...text.matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, hash, name = '', value = '']) => ({
    name,
    value,
    set: hash === '',
  }));
}

/** The environment after the named settings were uncommented and the given values were filled in. */
export function filledIn(
  entries: readonly EnvEntry[],
  uncommented: readonly string[],
  values: Environment,
): Environment {
  const environment: Record<string, string | undefined> = {};
  for (const { name, value, set } of entries) {
    if (set || uncommented.includes(name))
      environment[name] = values[name] ?? interpolate(value, environment);
  }
  return environment;
}
