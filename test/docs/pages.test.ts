import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { errorReference } from '../../src/runtime/errors.ts';
import { anchorsOf, pages, project, proseOf } from './support/pages.ts';

const textOf = (wanted: string) => pages.find(({ path }) => path === wanted)?.text ?? '';

describe('links', () => {
  it.each(pages.map((page) => [page.path, page] as const))('of %s lead somewhere', (path, page) => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(project, target))) return true;
      const linked = pages.find((each) => each.path === target);
      return anchor !== undefined && !(linked && anchorsOf(linked).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('leads from the index to every page', () => {
    const index = textOf('docs/README.md');
    const missing = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith('docs/') && !/README|decisions/.test(path))
      .filter((path) => !index.includes(`(${path.slice('docs/'.length)})`));
    expect(missing).toEqual([]);
  });
});

test('every code of an error has a line that says what to do', () => {
  const [, codes = ''] = textOf('docs/when-something-is-wrong.md').split('\n## Codes\n');
  const lines = codes.split('\n').map((line) => line.split('|'));
  const documented = lines.flatMap(([, names = '', advice = '']) =>
    advice.trim().length > 10 ? (names.match(/[A-Z][A-Z_]{3,}/g) ?? []) : [],
  );
  expect(documented.toSorted()).toEqual(errorReference.map(({ code }) => code).toSorted());
});
