import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/** adnanh/webhook (https://github.com/adnanh/webhook) and psql, as found on this machine. */
export interface Programs {
  readonly webhookVersion: string;
  readonly psqlVersion: string;
  /** The fastest first. */
  readonly psqls: readonly string[];
}

export const howToInstall = 'apt-get install webhook postgresql-client';

/** Null where one of them is missing, or where `webhook` is another program of that name. */
export function findPrograms(): Programs | null {
  const webhookVersion = /^webhook version (\S+)/.exec(outputOf('webhook', '-version'))?.[1];
  const psqlVersion = /^psql \(PostgreSQL\) (\S+)/.exec(outputOf('psql', '--version'))?.[1];
  if (webhookVersion === undefined || psqlVersion === undefined) return null;
  return { webhookVersion, psqlVersion, psqls: [...newestPsql(), 'psql'] };
}

/**
 * The program itself, at none or one path: Debian's `/usr/bin/psql` is a Perl script that looks for it, which takes
 * longer than all that psql does afterwards.
 */
function newestPsql(): string[] {
  const version = (path: string) => Number(path.split('/')[4]);
  return globSync('/usr/lib/postgresql/*/bin/psql')
    .sort((a, b) => version(b) - version(a))
    .slice(0, 1);
}

function outputOf(program: string, argument: string): string {
  return spawnSync(program, [argument], { encoding: 'utf8' }).stdout ?? '';
}
