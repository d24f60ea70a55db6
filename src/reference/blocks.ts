import { createProgram } from '../cli/program.ts';
import { renderConfigTable } from '../config/reference.ts';
import { renderMetricsTable } from '../metrics/reference.ts';
import { renderCommands } from './command-line.ts';
import { renderEvents } from './events.ts';
import { renderApi, renderErrors } from './http.ts';

/** A part of a page that is made of the code, between `<!-- name -->` and `<!-- /name -->`. */
export interface Block {
  /** Seen from the project's folder. */
  readonly page: string;
  readonly name: string;
  readonly render: () => string | Promise<string>;
}

export const blocks: readonly Block[] = [
  { page: 'docs/reference/configuration.md', name: 'configuration', render: renderConfigTable },
  { page: 'docs/reference/events.md', name: 'events', render: renderEvents },
  { page: 'docs/reference/http.md', name: 'api', render: renderApi },
  { page: 'docs/reference/http.md', name: 'errors', render: renderErrors },
  { page: 'docs/reference/command-line.md', name: 'commands', render: () => renderCommands(createProgram()) },
  { page: 'docs/metrics.md', name: 'metrics', render: renderMetricsTable },
];

/** What stands in the page for the block, or null where it has no place. */
export function textOfBlock(page: string, name: string): string | null {
  return placeOf(name).exec(page)?.[1]?.trim() ?? null;
}

/** @throws Error where the page has no place for it */
export function withBlock(page: string, name: string, text: string): string {
  if (textOfBlock(page, name) === null)
    throw new Error(`the page has no <!-- ${name} --> … <!-- /${name} -->`);
  return page.replace(placeOf(name), () => `<!-- ${name} -->\n${text}\n<!-- /${name} -->`);
}

function placeOf(name: string): RegExp {
  return new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- /${name} -->`);
}
