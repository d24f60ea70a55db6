import { CommanderError } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';
import { leavesOf } from '../../../src/reference/command-line.ts';
import type { ShellCommand } from './shell.ts';

/** Arguments of `pushledger` in a command, also where another program calls it; null where it is not called. */
export function callOf({ words }: Pick<ShellCommand, 'words'>): string[] | null {
  const isOurs = (word: string | undefined) => /(^|\/)pushledger$/.test(word ?? '');
  const [first = ''] = words.filter((word) => !/^[A-Z_]+=/.test(word) && word !== 'sudo');
  if (isOurs(first)) return after(words, words.findIndex(isOurs));
  if (first === 'systemd-run') return after(words, words.findLastIndex(isOurs));
  if (first !== 'docker') return null;
  const script = words.find((word) => word.startsWith('pushledger '));
  if (script !== undefined)
    return script
      .split(' ')
      .slice(1)
      .map((word) => word.replaceAll('"', ''));
  // The name of the container, then that of the command.
  const container = words.findIndex((word, at) => isOurs(word) && isOurs(words[at + 1]));
  return container === -1 ? null : after(words, container + 1);
}

function after(words: readonly string[], at: number): string[] {
  const rest = words.slice(at + 1);
  const redirection = rest.findIndex((word) => /^[<>]/.test(word));
  return redirection === -1 ? rest : rest.slice(0, redirection);
}

/** What is wrong with such a call, without doing it; null when it is right. */
export async function problemOf(args: readonly string[]): Promise<string | null> {
  const program = createProgram();
  let called = '';
  const silent = { writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined };
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command.configureOutput(silent);
  for (const { path, command } of leavesOf(program)) {
    command.action(() => {
      called = path;
    });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return called === '' ? 'no command is named' : null;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? null : error.message;
    throw error;
  }
}

/** What is wrong with words such as `hooks install|list <name> [--json]`, where nothing but names can be checked. */
export function problemOfMention(text: string): string | null {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const [first = ''] = words;
  if (/^(--help|--version|…|\.\.\.)/.test(first)) return null;
  const program = createProgram();
  let found = [program];
  let at = 0;
  for (; at < words.length && found.some(({ commands }) => commands.length > 0); at++) {
    const names = (words[at] ?? '').split('|').map((name) => name.replace(/\\$/, ''));
    if (!/^[a-z]/.test(names[0] ?? '')) break;
    const next = names.map((name) =>
      found.flatMap(({ commands }) => commands).find((each) => each.name() === name),
    );
    const missing = names.find((_, index) => next[index] === undefined);
    if (missing !== undefined) return `there is no command ${missing}`;
    found = next.flatMap((command) => command ?? []);
  }
  const known = new Set(found.flatMap(({ options }) => options.map(({ long }) => long)));
  const options = words.slice(at).flatMap((word) => word.match(/--[a-z][a-z-]*/g) ?? []);
  const unknown = options.find((option) => option !== '--help' && !known.has(option));
  return unknown === undefined ? null : `there is no option ${unknown}`;
}
