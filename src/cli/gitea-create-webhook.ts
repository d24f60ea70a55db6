import { text } from 'node:stream/consumers';
import { loadConfig } from '../config/load.ts';
import { Secret } from '../config/secret.ts';
import type { RepositoryName } from '../gitea/api/repositories.ts';
import { GiteaClient } from '../gitea/client.ts';
import { type EnsuredHook, ensureHook } from '../gitea/hooks/ensure-hook.ts';
import { shownUrl } from '../gitea/hooks/hook-url.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';

const usage = `Usage: gitea_create_webhook <owner> <repo> <url> <secret>

Gives a Gitea repository a webhook that sends every push, and every deleted branch, to <url>, signed with <secret>.
May be called again: a hook of this address that is there already is kept, or corrected.

  <url>     the whole address that Gitea calls, such as https://pushledger.example.org/webhook/gitea
  <secret>  - reads it from standard input, where other users of this machine cannot see it

GITEA_URL and GITEA_TOKEN (scope write:repository) come from the environment or pushledger.yaml.
Exit status: 0 the hook is right, 1 Gitea refused or could not be reached, 2 wrong usage or configuration.
`;

/** Branch deletions come as `delete` only; everything else that moves a ref comes as `push`. */
const events = ['push', 'delete'];

interface Call {
  readonly repository: RepositoryName;
  readonly url: string;
  readonly secret: Secret;
}

async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const call = await readCall(args);
    const client = clientFromConfig();
    const place = { kind: 'repository', ...call.repository } as const;
    const ensured = await ensureHook(client, place, { url: call.url, events }, call.secret);
    process.stdout.write(`${describe(ensured, call).join('\n')}\n`);
    return ensured.remaining.length === 0 ? 0 : 1;
  } catch (error) {
    const usageHint = error instanceof CodedError && error.code === 'USAGE' ? `\n\n${usage.trimEnd()}` : '';
    process.stderr.write(`${messageOf(error)}${usageHint}\n`);
    return error instanceof CodedError && error.code !== 'GITEA_REJECTED' ? 2 : 1;
  }
}

async function readCall(args: readonly string[]): Promise<Call> {
  const [owner, name, url, secretArgument, ...surplus] = args;
  if (owner === undefined || name === undefined || url === undefined || secretArgument === undefined) {
    throw new CodedError('USAGE', `4 arguments are needed, ${args.length} given`);
  }
  // What is surplus may be the second half of an unquoted secret: count, do not quote.
  if (surplus.length > 0) throw new CodedError('USAGE', `4 arguments are needed, ${args.length} given`);
  const repository = { owner: nameIn(owner, 'owner'), name: nameIn(name, 'repo') };
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new CodedError('USAGE', '<url> is not an http:// or https:// address');
  }
  const secret = (secretArgument === '-' ? await text(process.stdin) : secretArgument).replace(
    /(\r?\n)+$/,
    '',
  );
  if (secret.trim() === '')
    throw new CodedError('USAGE', '<secret> is empty: deliveries would not be signed');
  if (/[\r\n]/.test(secret)) throw new CodedError('USAGE', '<secret> has more than one line');
  return { repository, url, secret: new Secret(secret) };
}

function nameIn(text: string, argument: string): string {
  if (/^[\w.-]+$/.test(text) && !/^\.{1,2}$/.test(text)) return text;
  throw new CodedError(
    'USAGE',
    `<${argument}> is ${JSON.stringify(text)}, which is no name that Gitea allows`,
  );
}

function clientFromConfig(): GiteaClient {
  const { gitea } = loadConfig({ env: process.env });
  const missing = [gitea.url === null ? 'GITEA_URL' : [], gitea.token === null ? 'GITEA_TOKEN' : []].flat();
  if (gitea.url === null || missing.length > 0) {
    throw new CodedError('CONFIG_INVALID', `${missing.join(' and ')} must be set to create a webhook`);
  }
  return new GiteaClient({ baseUrl: gitea.url, token: gitea.token });
}

function describe(ensured: EnsuredHook, { repository, url }: Call): string[] {
  const { hook, done, differences, remaining, others } = ensured;
  const where = `webhook ${hook?.id} of ${repository.owner}/${repository.name}`;
  const lines = [sentences[done](where, shownUrl(url), differences)];
  if (done !== 'created') {
    lines.push(
      'Gitea neither shows nor changes the secret of an existing webhook, so yours was not compared and not set. ' +
        'If deliveries are refused for their signature, delete the webhook in Gitea and run this again.',
    );
  }
  const filter = hook?.branchFilter ?? '';
  if (filter !== '' && filter !== '*') {
    lines.push(`Its branch filter ${JSON.stringify(filter)} was kept: it sends no other branches.`);
  }
  const active = others.filter((other) => other.active).map((other) => other.id);
  if (active.length > 0)
    lines.push(`The same address is also called by webhook ${active.join(', ')}: delete it.`);
  if (remaining.length > 0) lines.push(`Gitea did not take everything: ${remaining.join(', ')}.`);
  return lines;
}

const sentences = {
  created: (where: string, url: string) => `Created ${where}: it sends ${events.join(' and ')} to ${url}.`,
  changed: (where: string, url: string, differences: readonly string[]) =>
    `Corrected ${where} to ${url}, of which was wrong: ${differences.join(', ')}.`,
  unchanged: (where: string, url: string) =>
    `Nothing to do: ${where} sends ${events.join(' and ')} to ${url}.`,
};

process.exitCode = await run(process.argv.slice(2));
