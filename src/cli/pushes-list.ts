import { Command, InvalidArgumentError } from 'commander';
import { parseCursor } from '../push-search/cursor.ts';
import { type Cursor, minCommitDigits, type PushFilter } from '../push-search/filter.ts';
import { type ListedPush, listPushes } from '../push-search/list-pushes.ts';
import { CodedError } from '../runtime/errors.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';
import { parseLimit, parseTime } from './pushes-arguments.ts';
import { oneLine, shortSha } from './pushes-text.ts';

interface ListOptions extends Omit<PushFilter, 'repository'> {
  readonly repo?: string;
  readonly json?: boolean;
}

export function pushesListCommand(): Command {
  return new Command('list')
    .description('pushes that fit every filter, the newest first')
    .option('--repo <owner/name>', 'of this repository')
    .option('--branch <name>', 'to this branch')
    .option('--pusher <login>', 'by this account')
    .option('--author <name>', 'with a commit of this author: name, e-mail address or login')
    .option(
      '--commit <id>',
      `with this commit: its id, or at least ${minCommitDigits} digits of it`,
      parseCommit,
    )
    .option(
      '--text <words>',
      'with these words in a commit message; "a phrase", -without and or are understood',
    )
    .option(
      '--since <time>',
      'received then or later: 2026-02-03, 2026-02-03T04:05:06Z, or an age such as 7d',
      asTime,
    )
    .option('--until <time>', 'received before then', asTime)
    .option('--limit <n>', 'at most so many', parseLimit, 50)
    .option('--cursor <cursor>', 'go on where the last page ended', parseCursorArgument)
    .option('--json', 'as JSON')
    .action(({ repo, json, ...rest }: ListOptions) => {
      const filter: PushFilter = { ...rest, ...(repo !== undefined && { repository: repo }) };
      if (filter.since && filter.until && filter.since >= filter.until) {
        throw new CodedError('USAGE', '--since is not before --until');
      }
      return withCommandLedger(async ({ pool }) => {
        const list = await listPushes(pool, filter);
        if (json) return printJson(list);
        printTable(
          ['received', 'repository', 'ref', 'push', 'commits', 'pusher', 'push id', 'message'],
          list.pushes.map(tableRow),
        );
        if (list.nextCursor) process.stderr.write(`There are more: add --cursor ${list.nextCursor}\n`);
      });
    });
}

function tableRow(push: ListedPush): string[] {
  return [
    push.receivedAt.toISOString(),
    oneLine(push.repository),
    oneLine(push.branch ?? push.ref),
    `${push.kind} ${shortSha(push.after)}`,
    `${push.commitCount}${push.commitCountIsFloor ? '+' : ''}`,
    oneLine(push.pusher ?? '-'),
    push.pushId,
    oneLine(push.messages),
  ];
}

// Commander passes the value so far as a second argument.
function asTime(text: string): Date {
  return parseTime(text);
}

function parseCommit(text: string): string {
  if (/^[0-9a-f]+$/i.test(text) && text.length >= minCommitDigits && text.length <= 64) return text;
  throw new InvalidArgumentError(`${minCommitDigits} to 64 hex digits are expected`);
}

function parseCursorArgument(text: string): Cursor {
  const cursor = parseCursor(text);
  if (cursor) return cursor;
  throw new InvalidArgumentError('a cursor is expected as the last page gave it');
}
