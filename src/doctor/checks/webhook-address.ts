import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { readGeneratedWebhookSecrets } from '../../config/webhook-secret.ts';
import { type Probe, probeReceiver } from '../../gitea/hooks/probe-receiver.ts';
import { messageOf } from '../../runtime/errors.ts';
import { checkOf, NotNow } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

export interface AddressFacts {
  /** The address of the webhook. */
  readonly url: string;
  /** What its host name comes to here, or why it comes to nothing. */
  readonly addresses: readonly string[] | { readonly error: string };
  /** Asked from here; null where there is no secret yet to ask with. */
  readonly probe: Probe | null;
}

/** What Gitea's default `ALLOWED_HOST_LIST = external` refuses (modules/hostmatcher). */
const internal = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['0.0.0.0', 8],
] as const) {
  internal.addSubnet(network, prefix, 'ipv4');
}
internal.addAddress('::1', 'ipv6');
internal.addSubnet('fc00::', 7, 'ipv6');
internal.addSubnet('fe80::', 10, 'ipv6');

export function judgeAddress({ url, addresses, probe }: AddressFacts): Judgement[] {
  const { hostname } = new URL(url);
  if ('error' in addresses) {
    return [wrong(`${hostname} has no address here (${addresses.error})`, 'check PUBLIC_URL')];
  }
  const findings: Judgement[] = [];
  const inside = addresses.filter((address) =>
    internal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  );
  if (inside.length > 0) {
    findings.push(
      warning(
        `${hostname} is ${inside.join(', ')}, where Gitea sends no webhooks by default`,
        `in Gitea's app.ini set ALLOWED_HOST_LIST = ${hostname} (section [webhook], from 1.27 [security]), and restart it`,
      ),
    );
  }
  if (probe) findings.push(...judgeProbe(url, probe));
  return findings.length > 0 ? findings : [ok(`${url}; nobody has asked it yet`)];
}

function judgeProbe(url: string, { outcome, detail }: Probe): Judgement[] {
  switch (outcome) {
    case 'accepted':
      return [ok(`${url} leads to a pushledger that takes our secret`)];
    case 'wrong-secret':
      return [
        wrong(
          `${url} leads to a pushledger with another secret`,
          'give both the same GITEA_WEBHOOK_SECRET, or check PUBLIC_URL',
        ),
      ];
    case 'redirects':
      return [
        wrong(
          `${url} redirects (${detail})`,
          'Gitea would follow with an empty GET and count that as success: set PUBLIC_URL to the final address, and run hooks install',
        ),
      ];
    case 'other':
      return [
        wrong(
          `what answers at ${url} (${detail}) is no pushledger`,
          'check PUBLIC_URL and the proxy before it',
        ),
      ];
    case 'unreachable':
      return [
        warning(
          `${url} cannot be reached from here (${detail})`,
          'start `pushledger serve`; where it runs, check PUBLIC_URL, the proxy and the firewall. Gitea may still reach it',
        ),
      ];
  }
}

export const webhookAddress = checkOf(
  'Gitea',
  'webhook address',
  async ({ config }): Promise<AddressFacts> => {
    if (config.publicUrl === null)
      throw new NotNow('PUBLIC_URL is not set, so that no webhook can be installed');
    const url = `${config.publicUrl}/webhook/gitea`;
    const hostname = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
    const [secret] = [...config.webhookSecrets, ...generatedSecrets(config.dataDir)];
    const [addresses, probe] = await Promise.all([
      lookup(hostname, { all: true }).then(
        (found) => found.map(({ address }) => address),
        (error: unknown) => ({ error: codeOf(error) }),
      ),
      secret ? probeReceiver(url, secret.secret) : null,
    ]);
    return { url, addresses, probe };
  },
  judgeAddress,
);

/** Those that cannot be read are told by the start. */
function generatedSecrets(dataDir: string) {
  try {
    return readGeneratedWebhookSecrets(dataDir).accepted.toReversed();
  } catch {
    return [];
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
