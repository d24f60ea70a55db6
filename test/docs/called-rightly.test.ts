import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { settings } from '../../src/config/settings.ts';
import { envExample } from '../deploy/support/deployment.ts';
import { callOf, problemOf, problemOfMention } from './support/call.ts';
import { notRun, otherVariables } from './support/known-commands.ts';
import { pages, project, proseOf } from './support/pages.ts';
import { commandsOf, type ShellCommand } from './support/shell.ts';

const commands = pages.flatMap(commandsOf);
const variables = new Set([
  ...otherVariables,
  ...envExample.map(({ name }) => name),
  ...settings.flatMap(({ env, kind }) =>
    env === null ? [] : kind === 'secret' ? [env, `${env}_FILE`, `${env}_COMMAND`] : [env],
  ),
]);

/** What is wrong with a command of the documentation; null when it can be called like that. */
async function problemWith(command: ShellCommand): Promise<string | null> {
  const call = callOf(command);
  if (call !== null) return problemOf(call);
  const words = command.words.filter((word) => word !== 'sudo' && word !== 'export');
  const end = words.findIndex((word) => !/^\w+=/.test(word));
  const [assignments, rest] = end === -1 ? [words, []] : [words.slice(0, end), words.slice(end)];
  const names = assignments.map((word) => word.split('=')[0] ?? '');
  const unknown = names.find((name) => !variables.has(name) && !name.startsWith('OTEL_'));
  if (unknown !== undefined) return `there is no setting ${unknown}`;
  const [program = '', ...others] = rest;
  if (program === '' || program === 'curl' || Object.hasOwn(notRun, program)) return null;
  if (program === 'npm') return problemOfNpm(others);
  if (program === 'npx' || program === 'vitest') return null;
  return `${program} is neither ours nor in the list of what is not run`;
}

function problemOfNpm(words: readonly string[]): string | null {
  const [first = '', second = ''] = words.filter((word) => !word.startsWith('-') || word === '--');
  if (['ci', 'install', 'pack'].includes(first)) return null;
  const script = first === 'run' ? second : first;
  return Object.hasOwn(packageJson.scripts, script) ? null : `there is no script ${script}`;
}

describe('a command in the documentation', () => {
  it.each(commands.map((command) => [command.where, command.text, command] as const))(
    'at %s can be called so: %s',
    async (_where, _text, command) => {
      expect(await problemWith(command)).toBeNull();
    },
  );

  it.each(pages.map((page) => [page.path, page] as const))(
    'is in no fence of %s without its language',
    (_path, page) => {
      const fences = [...page.text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```/gm)];
      const unnamed = fences.filter(({ 2: language }) => language === '').map(({ 3: block = '' }) => block);
      expect(unnamed.filter((block) => /^\s*(npm|docker|bin\/\w+|pushledger) /m.test(block))).toEqual([]);
    },
  );

  it('is found where there are some', () => {
    expect(commands.filter((command) => callOf(command) !== null).length).toBeGreaterThan(40);
  });
});

describe('commands that are mentioned', () => {
  it.each(pages.map((page) => [page.path, page] as const))('in %s exist', (_path, page) => {
    const mentions = [...proseOf(page).matchAll(/`(?:bin\/)?pushledger ([^`]+)`/g)].map(
      ([, text = '']) => text,
    );
    const problems = mentions.flatMap((mention) => {
      const problem = problemOfMention(mention.replaceAll('\\|', '|'));
      return problem === null ? [] : [`${mention}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });

  it.each(pages.map((page) => [page.path, page] as const))('in %s as scripts exist', (_path, page) => {
    const scripts = [...proseOf(page).matchAll(/`npm run ([a-z0-9:]+)/g)].map(([, script = '']) => script);
    expect(scripts.filter((script) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
  });
});

test.each([
  [['serv'], "unknown command 'serv'"],
  [['serve', '--role', 'ingest'], "unknown option '--role'"],
  [['pushes', 'list', '--limit', 'many'], 'a whole number'],
  [['pushes'], ''],
])('%j would be found', async (args, problem) => {
  expect(await problemOf(args)).toContain(problem);
});

test.each(['hooks instal', 'pushes list --brunch main', 'notifications list|retri'])(
  'the mention of %j would be found',
  (mention) => {
    expect(problemOfMention(mention)).toMatch(/^there is no/);
  },
);

test('files of ours that commands name exist', () => {
  const named = commands.flatMap(({ words }) =>
    words.filter((word) => /^(bin|deploy)\/[a-z./-]+$/.test(word)),
  );
  const secrets = (path: string) => path.startsWith('deploy/secrets/');
  expect(named.filter((path) => !secrets(path) && !existsSync(join(project, path)))).toEqual([]);
});
