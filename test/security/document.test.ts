import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

test('docs/security.md names tests and files that exist', () => {
  const named = [...page.matchAll(/`((?:test|deploy|\.ci)\/[\w./-]+)`/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(15);
  const missing = named.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)));
  expect(missing).toEqual([]);
});

test('it says plainly what personal data the log holds, and that it stays', () => {
  expect(page).toMatch(/login, name and e-mail address/);
  expect(page).toMatch(/None of it can be erased from the log/);
});
