import { csvLine } from './csv.ts';
import { columns, type ExportedPush } from './exported-push.ts';

/** How an export is written. */
export interface ExportFormat {
  /** In front of the first push. */
  readonly head: string;
  /** With its line break. */
  readonly line: (push: ExportedPush) => string;
}

export const formats = {
  /** Every fact, a push a line. */
  jsonl: { head: '', line: (push) => `${JSON.stringify(push)}\n` },
  /** What fits into columns. */
  csv: {
    head: csvLine(Object.keys(columns)),
    line: (push) => csvLine(Object.values(columns).map((cell) => cell(push))),
  },
} as const satisfies Record<string, ExportFormat>;

export type FormatName = keyof typeof formats;
