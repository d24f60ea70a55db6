import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const build = fileURLToPath(new URL('../../../dashboard/prepare.mjs', import.meta.url));

/** What is tested is what stands in `dashboard/` now, built as it ships: in a process that does not think it is a test. */
export default async function buildPage(): Promise<void> {
  await promisify(execFile)(process.execPath, [build], { env: { ...process.env, NODE_ENV: 'production' } });
}
