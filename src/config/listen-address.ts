import { resolve } from 'node:path';
import { findConfigFile } from './find-file.ts';
import { readTextFile } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { settingOf } from './settings.ts';

/** What stands for every address of a machine is no address to ask. */
const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/**
 * Where the service of this configuration listens, as an address to ask from the same machine. Reads two settings and
 * no more: a health check comes every few seconds, and must not run the commands that secrets come from.
 */
export function listenAddress(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const dataDir = resolve(cwd, env.PUSHLEDGER_DATA_DIR?.trim() || './data');
  const path = env.PUSHLEDGER_CONFIG?.trim() ?? '';
  const asked = path === '' ? null : { path, by: 'PUSHLEDGER_CONFIG' };
  const search = { cwd, dataDir, asked, readFile: readTextFile, problems: [], warnings: [] };
  const file = findConfigFile(search);
  const values = file === null ? new Map<string, unknown>() : readYaml(file.text, file.path).values;
  const setting = (key: 'host' | 'port') => {
    const { env: name, default: otherwise } = settingOf(key);
    return env[name ?? '']?.trim() || String(values.get(key) ?? otherwise);
  };
  const host = setting('host');
  const name = everywhere[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${name}:${setting('port')}`;
}
