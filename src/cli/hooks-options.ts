import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config/config.ts';
import type { WebhookSecret } from '../config/secret.ts';
import { parseDuration } from '../config/units.ts';
import type { WantedTargets } from '../gitea/hooks/find-targets.ts';
import { hookPath } from '../ingest/route.ts';
import { CodedError } from '../runtime/errors.ts';

/** Options that say which hooks are meant. */
export interface PlaceOptions {
  readonly org?: boolean;
  readonly user?: boolean;
  readonly system?: boolean;
  readonly url?: string;
}

/** Adds the names and options that say which hooks are meant. */
export function withPlaces(command: Command, names: string): Command {
  return command
    .argument(names, 'owner, owner/repository, or a pattern such as owner/app-* (in quotes)')
    .addOption(new Option('--org', 'the one hook of each named organisation').conflicts(['user', 'system']))
    .addOption(new Option('--user', "the one hook of the token's user").conflicts(['org', 'system']))
    .addOption(new Option('--system', 'the one hook of the whole instance').conflicts(['org', 'user']))
    .option('--url <url>', 'address that the hooks call (default: PUBLIC_URL and /webhook/gitea)', parseUrl);
}

export function wantedTargets(names: readonly string[], options: PlaceOptions): WantedTargets {
  const level = options.org
    ? 'organisation'
    : options.user
      ? 'user'
      : options.system
        ? 'system'
        : 'repository';
  return { names, level };
}

/** @throws CodedError USAGE where neither the option nor PUBLIC_URL says it */
export function hookUrlOf(config: Config, options: PlaceOptions): string {
  if (options.url !== undefined) return options.url;
  if (config.publicUrl !== null) return `${config.publicUrl}${hookPath}`;
  throw new CodedError(
    'USAGE',
    `set PUBLIC_URL to the address under which Gitea reaches the service, or give --url (it ends in ${hookPath})`,
  );
}

/**
 * The secret of that name, or the one that new hooks get: the first configured one, the newest that was generated.
 *
 * @throws CodedError USAGE
 */
export function chosenSecret(
  accepted: readonly WebhookSecret[],
  config: Config,
  name: string | undefined,
): WebhookSecret {
  const byDefault = config.webhookSecrets.length > 0 ? accepted[0] : accepted.at(-1);
  const secret = name === undefined ? byDefault : accepted.find((each) => each.name === name);
  if (secret) return secret;
  if (accepted.length === 0) {
    throw new CodedError(
      'USAGE',
      'there is no webhook secret yet: start the service once (pushledger serve), or set GITEA_WEBHOOK_SECRET',
    );
  }
  const names = accepted.map((each) => each.name).join(', ');
  throw new CodedError('USAGE', `there is no webhook secret ${name}; there is ${names}`);
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new InvalidArgumentError('an http:// or https:// address is expected');
}

/** `push,delete`. Gitea ignores what it does not know without a word, so only what is useful here passes. */
export function parseEvents(text: string): string[] {
  const known = ['push', 'delete', 'create'];
  const events = text.split(',').map((event) => event.trim());
  const unknown = events.filter((event) => !known.includes(event));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`${unknown.join(', ')}: not one of ${known.join(', ')}`);
  }
  return [...new Set(events)];
}

export function parseWait(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms <= 600_000) return ms;
  throw new InvalidArgumentError('a duration such as 500ms, 10s or 2m is expected, up to 10m');
}
