import { settings } from './settings.ts';

export interface ReferenceRow {
  /** Name in the environment, null where there is none. */
  readonly name: string | null;
  /** Dotted path in the file, null where the file cannot say it. */
  readonly key: string | null;
  /** True: also as NAME_FILE and NAME_COMMAND. */
  readonly secret: boolean;
  readonly default: string;
  readonly meaning: string;
}

/** The settings as the documentation lists them. */
export const configReference: readonly ReferenceRow[] = settings.map((setting) => ({
  name: setting.env,
  key: setting.inFile ? setting.key : null,
  secret: setting.kind === 'secret',
  default: setting.defaultNote ?? (setting.default === null ? 'not set' : code(setting.default)),
  meaning: setting.meaning,
}));

/** The Markdown table that stands in `docs/reference/configuration.md`, without a line break at its end. */
export function renderConfigTable(): string {
  const rows = configReference.map((row) => [
    `${row.name === null ? '' : code(row.name)}${row.secret ? ' (secret)' : ''}`,
    row.key === null ? '' : code(row.key),
    row.default,
    row.meaning,
  ]);
  const head = ['Environment', '`pushledger.yaml`', 'Default', 'Meaning'];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
