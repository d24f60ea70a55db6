import { Command, InvalidArgumentError } from 'commander';
import { listenAddress } from '../config/listen-address.ts';

/** Below what orchestrators give a check, in milliseconds. */
const patienceMs = 4_000;

export function healthCommand(): Command {
  return new Command('health')
    .description('ask the running service whether it can do its work; for health checks')
    .option('--live', 'ask only whether the process is alive')
    .option('--url <url>', 'address of the service (default: that of the configuration)', parseUrl)
    .addHelpText(
      'after',
      '\nReady means that a push which comes now is kept. Exit status: 0 it is, 1 it is not, or nobody answers.\n' +
        'Loads nothing but this, so that it may be asked every few seconds. It listens elsewhere than the\n' +
        'configuration says where the port is 0: then give --url.',
    )
    .action(async ({ live = false, url }: { live?: boolean; url?: string }) => {
      const address = `${url ?? listenAddress(process.env, process.cwd())}${live ? '/livez' : '/readyz'}`;
      const problem = await ask(address);
      if (problem === null) return;
      process.stderr.write(`pushledger: ${address} ${problem}\n`);
      process.exitCode = 1;
    });
}

/** What is wrong with the answer, or null. */
async function ask(address: string): Promise<string | null> {
  try {
    const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(patienceMs) });
    await answer.body?.cancel();
    return answer.ok ? null : `answers ${answer.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (cause instanceof Error && cause.name === 'TimeoutError')
      return `does not answer within ${patienceMs} ms`;
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    return `does not answer${code}`;
  }
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('not an http:// or https:// address');
  return url.href.replace(/\/$/, '');
}
