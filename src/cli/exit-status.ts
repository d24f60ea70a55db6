import { CommanderError } from 'commander';
import { CodedError, type ErrorCode } from '../runtime/errors.ts';

/** Errors that the operator mends in the configuration or the call. */
const wrongSetup: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'USAGE',
  'LEDGER_MISMATCH',
  'SCHEMA_INCOMPATIBLE',
  'SCHEMA_NEWER',
  'COPY_REFUSED',
]);

/** 0 good, 1 something is wrong with what was looked at, 2 wrong usage or configuration. */
export function exitStatusOf(error: unknown): 0 | 1 | 2 {
  // Commander ends `--help` and `--version` by an error with status 0, and every wrong usage by one with 1.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof CodedError && wrongSetup.has(error.code) ? 2 : 1;
}
