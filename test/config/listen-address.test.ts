import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenAddress } from '../../src/config/listen-address.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pushledger-address-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

test.each([
  [{}, 'http://127.0.0.1:8080'],
  [{ PORT: '9000' }, 'http://127.0.0.1:9000'],
  [{ HOST: '0.0.0.0' }, 'http://127.0.0.1:8080'],
  [{ HOST: '::', PORT: '1' }, 'http://[::1]:1'],
  [{ HOST: '::1' }, 'http://[::1]:8080'],
  [{ HOST: 'ledger.internal' }, 'http://ledger.internal:8080'],
])('with %o the service is asked at %s', (env, address) => {
  expect(listenAddress(env, cwd)).toBe(address);
});

test('the file says it too, and the environment goes before it; no command is run for it', () => {
  const mark = join(cwd, 'ran');
  const yaml = `port: 8181\nhost: 0.0.0.0\ngitea: { tokenCommand: "touch ${mark}" }\n`;
  writeFileSync(join(cwd, 'pushledger.yaml'), yaml);
  expect(listenAddress({}, cwd)).toBe('http://127.0.0.1:8181');
  expect(listenAddress({ PORT: '1', GITEA_TOKEN_COMMAND: `touch ${mark}` }, cwd)).toBe('http://127.0.0.1:1');
  expect(() => rmSync(mark)).toThrow('ENOENT');
});

test('a file that cannot be read leaves the defaults: the service itself says what is wrong with it', () => {
  writeFileSync(join(cwd, 'pushledger.yaml'), 'port: [');
  expect(listenAddress({}, cwd)).toBe('http://127.0.0.1:8080');
  expect(listenAddress({ PUSHLEDGER_CONFIG: '/nowhere.yaml' }, cwd)).toBe('http://127.0.0.1:8080');
});
