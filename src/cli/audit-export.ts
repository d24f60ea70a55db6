import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { exportPushes } from '../audit/export/export-pushes.ts';
import { type FormatName, formats } from '../audit/export/formats.ts';
import { CodedError } from '../runtime/errors.ts';
import { withCommandLedger } from './command-ledger.ts';
import { showProgress } from './progress.ts';
import { parseTime } from './pushes-arguments.ts';

interface ExportFlags {
  readonly since?: Date;
  readonly until?: Date;
  readonly format: FormatName;
  readonly output?: string;
}

// Commander passes the value so far as a second argument.
const asTime = (text: string) => parseTime(text);

export function auditExportCommand(): Command {
  return new Command('export')
    .description('the pushes of a range of time, in log order')
    .option(
      '--since <time>',
      'received then or later: 2026-02-03, 2026-02-03T04:05:06Z, or an age such as 7d',
      asTime,
    )
    .option('--until <time>', 'received before then', asTime)
    .addOption(
      new Option('--format <format>', 'jsonl has every fact, csv what fits into columns')
        .choices(Object.keys(formats))
        .default('jsonl'),
    )
    .option('--output <file>', 'a file instead of stdout; it is there when it is whole')
    .action((flags: ExportFlags) => {
      const { since, until, output } = flags;
      if (since && until && since >= until) throw new CodedError('USAGE', '--since is not before --until');
      return withCommandLedger(async ({ store }, _config, signal) => {
        const display = showProgress('events');
        const head = Number(await store.head());
        const texts = exportPushes({
          store,
          format: formats[flags.format],
          ...(since && { since }),
          ...(until && { until }),
          signal,
          onProgress(events, position) {
            const part = Number(position) / Math.max(1, head);
            display.update({
              done: events,
              total: part > 0 ? Math.max(events, Math.round(events / part)) : null,
            });
          },
        });
        try {
          if (output === undefined) await writeToStdout(texts);
          else await writeFile(texts, output);
        } finally {
          display.end();
        }
      });
    });
}

/** Waits for whoever reads; one that wants no more (`head`) is no error. */
async function writeToStdout(texts: AsyncIterable<string>): Promise<void> {
  try {
    await writeTexts(texts, process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** Beside the file first, so that half of an export is never taken for all of it. For its owner only. */
async function writeFile(texts: AsyncIterable<string>, path: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeTexts(texts, createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** One text ahead of whoever writes, and no more. */
export function writeTexts(
  texts: AsyncIterable<string>,
  output: Writable,
  options: { readonly end?: boolean } = {},
): Promise<void> {
  return pipeline(Readable.from(texts, { highWaterMark: 1 }), output, options);
}
