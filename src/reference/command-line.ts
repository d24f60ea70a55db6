import type { Command } from 'commander';
import { code, table } from './markdown.ts';

/** Every command with its arguments and options as the documentation lists it, without a line break at its end. */
export function renderCommands(program: Command): string {
  return leavesOf(program)
    .map(({ path, command }) => renderCommand(path, command))
    .join('\n\n');
}

export interface Leaf {
  /** The words by which it is called: `pushes list`. */
  readonly path: string;
  readonly command: Command;
}

/** The commands that do something, in the order of `--help`. */
export function leavesOf(parent: Command, path: readonly string[] = []): Leaf[] {
  return parent.commands.flatMap((command) => {
    const words = [...path, command.name()];
    return command.commands.length > 0 ? leavesOf(command, words) : [{ path: words.join(' '), command }];
  });
}

function renderCommand(path: string, command: Command): string {
  const rows = [
    ...command.registeredArguments.map((argument) => [
      code(
        argument.required ? `<${argument.name()}${dots(argument)}>` : `[${argument.name()}${dots(argument)}]`,
      ),
      defaultOf(argument.defaultValue),
      meaningOf(argument.description, argument.argChoices),
    ]),
    ...command.options.map((option) => [
      code(option.flags),
      defaultOf(option.defaultValue, option.flags),
      meaningOf(option.description, option.argChoices),
    ]),
  ];
  const help = helpAfter(command);
  return [
    `### pushledger ${path}`,
    sentence(command.description()),
    ...(rows.length > 0 ? [table(['Argument or option', 'Default', 'Meaning'], rows)] : []),
    ...(help === '' ? [] : [`\`\`\`text\n${help}\n\`\`\``]),
  ].join('\n\n');
}

function dots({ variadic }: { readonly variadic: boolean }): string {
  return variadic ? '…' : '';
}

/** A duration is kept in milliseconds and given in words. */
function defaultOf(value: unknown, flags = ''): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  if (typeof value === 'number' && flags.includes('<duration>')) return code(`${value / 1_000}s`);
  return code(Array.isArray(value) ? value.join(',') : String(value));
}

function meaningOf(description: string, choices: readonly string[] | undefined): string {
  if (!choices) return description;
  return `${description}${description === '' ? '' : ': '}${choices.map(code).join(', ')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What stands below the options in `--help`, which commander keeps to itself until it prints. */
function helpAfter(command: Command): string {
  const written: string[] = [];
  const output = command.configureOutput();
  command.configureOutput({ ...output, writeOut: (text) => written.push(text) });
  command.outputHelp();
  command.configureOutput(output);
  return written.join('').slice(command.helpInformation().length).trim();
}
