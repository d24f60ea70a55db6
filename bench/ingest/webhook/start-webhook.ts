import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../../test/chaos/free-ports.ts';
import { until } from '../../../test/support/condition.ts';

export interface RunningWebhook {
  readonly url: string;
  readonly secret: string;
  end(): Promise<void>;
}

/**
 * adnanh/webhook with one hook: it verifies Gitea's signature, runs `store-push.sh`, and answers when that has ended:
 * 200 means stored, 403 a wrong signature, 500 a script that failed.
 */
export async function startWebhook(databaseUrl: string, psql: string): Promise<RunningWebhook> {
  const [port = 0] = await freePorts(1);
  const secret = randomBytes(16).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'pushledger-bench-webhook-'));
  const hooks = join(folder, 'hooks.json');
  writeFileSync(hooks, JSON.stringify([hookOf(secret)]), { mode: 0o600 });
  // The header makes it close the connection after its answer, as our route does: the sender waits for that. And the
  // kernel ends it with us, even when we are killed.
  const args = ['--pdeathsig', 'TERM', 'webhook', '-hooks', hooks, '-ip', '127.0.0.1', '-port', `${port}`];
  const child = spawn('setpriv', [...args, '-header', 'connection=close'], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, PSQL: psql, ...connectionOf(databaseUrl) },
  });
  const exited = once(child, 'exit').catch(() => undefined);
  const isOver = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const end = async () => {
    if (!isOver()) child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('adnanh/webhook to answer', async () => {
      if (isOver()) throw new Error(`adnanh/webhook ended at its start with ${child.exitCode}`);
      return (await fetch(`http://127.0.0.1:${port}/`).catch(() => null))?.ok;
    });
  } catch (error) {
    await end();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/hooks/gitea`, secret, end };
}

/**
 * See https://github.com/adnanh/webhook/blob/2.8.0/docs/Hook-Definition.md. The rule takes the signature with
 * `sha256=` before it and without, as Gitea sends it. A mismatch is answered 500, as a script that failed is, unless it is
 * soft, which is heeded within `or` only.
 */
function hookOf(secret: string): object {
  const signature = { source: 'header', name: 'X-Gitea-Signature' };
  return {
    id: 'gitea',
    'http-methods': ['POST'],
    'trigger-rule': { or: [{ match: { type: 'payload-hmac-sha256', secret, parameter: signature } }] },
    'trigger-signature-soft-failures': true,
    'trigger-rule-mismatch-http-response-code': 403,
    'execute-command': fileURLToPath(new URL('store-push.sh', import.meta.url)),
    'pass-arguments-to-command': [
      { source: 'header', name: 'X-Gitea-Delivery' },
      { source: 'entire-payload' },
    ],
    'include-command-output-in-response': true,
  };
}

/** What libpq reads, so that no password stands in a process list. Without offers of encryption: two round trips less. */
function connectionOf(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: 'disable',
    PGGSSENCMODE: 'disable',
  };
}
