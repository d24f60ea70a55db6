import {
  type DocumentOptions,
  LineCounter,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
} from 'yaml';
import { nearest } from './nearest.ts';
import { kindOf, type Problem } from './problems.ts';
import { settings } from './settings.ts';

/** The values of a configuration file by the keys of their settings. What is null in the file counts as left out. */
export interface YamlValues {
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly Problem[];
}

const knownKeys = new Set(settings.filter((setting) => setting.inFile).map((setting) => setting.key));
const knownGroups = new Set(
  [...knownKeys].filter((key) => key.includes('.')).map((key) => key.replace(/\..*/, '')),
);

const readAsText: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'failsafe',
  customTags: ['null'],
  prettyErrors: false,
  logLevel: 'silent',
};

/**
 * Reads YAML into values, in which every scalar is the text that was written: as a number, a token of digits would
 * lose some of them. A syntax error is told by place and code only: the parser's own text quotes the line.
 */
export function readYaml(text: string, path: string): YamlValues {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...readAsText, lineCounter });
  const syntaxProblems = document.errors.map((error) => {
    const line = lineCounter.linePos(error.pos[0]).line;
    return { name: path, found: `a YAML error in line ${line} (${error.code})`, expected: 'valid YAML' };
  });
  if (syntaxProblems.length > 0) return { values: new Map(), problems: syntaxProblems };
  try {
    return collect(document.toJS(), path);
  } catch {
    // toJS refuses aliases without anchor and aliases that would multiply without bound.
    const problem = { name: path, found: 'an alias that cannot be resolved', expected: 'YAML without it' };
    return { values: new Map(), problems: [problem] };
  }
}

function collect(root: unknown, path: string): YamlValues {
  const values = new Map<string, unknown>();
  const problems: Problem[] = [];
  const visit = (group: unknown, prefix: string, name: string) => {
    // A group's name with nothing behind it, and a file with nothing in it.
    if (group === null || group === undefined || group === '') return;
    if (typeof group !== 'object' || Array.isArray(group)) {
      problems.push({ name, found: kindOf(group), expected: 'a group of keys' });
      return;
    }
    for (const [part, value] of Object.entries(group)) {
      const key = `${prefix}${part}`;
      if (knownKeys.has(key)) {
        if (value !== null) values.set(key, value);
      } else if (knownGroups.has(key)) {
        visit(value, `${key}.`, `${key} (${path})`);
      } else {
        problems.push(unknownKey(key, path));
      }
    }
  };
  visit(root, '', path);
  return { values, problems };
}

function unknownKey(key: string, path: string): Problem {
  const meant = nearest(key, knownKeys);
  const expected = meant === null ? `one of ${[...knownKeys].join(', ')}` : meant;
  return { name: `${key.slice(0, 80)} (${path})`, found: 'an unknown key', expected };
}
