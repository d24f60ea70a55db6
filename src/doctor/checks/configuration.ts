import type { Config } from '../../config/config.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

/** What loading the configuration came to. */
export type Loaded = { readonly config: Config } | { readonly error: unknown };

/** Not a check like the others, as none of them can begin without it. Pure. */
export function judgeConfiguration(loaded: Loaded): Judgement[] {
  if ('error' in loaded) return problemsOf(loaded.error).map((problem) => wrong(problem, 'mend it'));
  const { file, warnings } = loaded.config;
  return [
    ok(
      file === null
        ? 'from the environment; there is no configuration file'
        : `from ${file} and the environment`,
    ),
    ...warnings.map((text) => warning(text, 'change it if it is not meant so')),
  ];
}

function problemsOf(error: unknown): string[] {
  if (!(error instanceof CodedError && error.code === 'CONFIG_INVALID')) return [messageOf(error)];
  const lines = (error.detail ?? error.message).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '');
}
