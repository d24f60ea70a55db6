import type { Fragment } from './fragment.ts';

/** A line, and the lines that stand below it. */
export interface Outline {
  readonly line: Fragment;
  readonly children: readonly Outline[];
}

export function leaf(line: Fragment): Outline {
  return { line, children: [] };
}

/** The outline as nested lists under its first line. */
export function nested({ line, children }: Outline): Fragment {
  return {
    plain: [line.plain, ...children.flatMap((child) => plainLines(child, ''))].join('\n'),
    html: line.html + htmlList(children),
  };
}

function plainLines({ line, children }: Outline, indent: string): string[] {
  return [`${indent}- ${line.plain}`, ...children.flatMap((child) => plainLines(child, `${indent}  `))];
}

export function htmlList(outlines: readonly Outline[]): string {
  if (outlines.length === 0) return '';
  const items = outlines.map(({ line, children }) => `<li>${line.html}${htmlList(children)}</li>`);
  return `<ul>${items.join('')}</ul>`;
}
