import type { Hook } from '../api/hooks.ts';
import type { Repository } from '../api/repositories.ts';
import type { Probe } from './probe-receiver.ts';

/** What is known of a repository's hook after a test delivery was asked for. */
export interface Evidence {
  readonly repository: Repository;
  /** Its hooks that call our address, active or not. */
  readonly hooks: readonly Hook[];
  /** Hooks of ours further up that call the same address for it. */
  readonly wider: readonly string[];
  readonly arrived: boolean;
  /** Of the address, from here. */
  readonly probe: Probe;
  /** What was refused for its signature meanwhile; `unknown` where the service's metrics cannot be read. */
  readonly refused: 'wrong' | 'missing' | 'none' | 'unknown';
  readonly url: string;
  /** The page of the hook in Gitea, which shows what became of each delivery. */
  readonly page: string;
}

export interface Diagnosis {
  /** `untested`: as far as can be seen without a delivery. */
  readonly state: 'ok' | 'untested' | 'wrong';
  readonly reason:
    | 'arrived'
    | 'missing'
    | 'doubled'
    | 'inactive'
    | 'push-not-sent'
    | 'delete-not-sent'
    | 'not-json'
    | 'empty'
    | 'filtered'
    | 'unreachable'
    | 'redirected'
    | 'not-ours'
    | 'wrong-secret'
    | 'no-secret'
    | 'allowed-host-list'
    | 'not-delivered';
  readonly text: string;
}

/** Why a test delivery did not arrive, or what is wrong although it did. The first thing to mend comes first. */
export function diagnose(evidence: Evidence): Diagnosis {
  const { hooks, wider, repository, arrived, url } = evidence;
  const active = hooks.filter((hook) => hook.active);
  const [hook] = active;
  if (!hook) {
    if (hooks.length > 0) return wrong('inactive', 'its hook is not active: hooks install switches it on');
    if (wider.length > 0)
      return untested('missing', `it has no hook of its own; it is covered by ${wider.join(', ')}`);
    return wrong('missing', `no hook calls ${url}: run hooks install ${repository.fullName}`);
  }
  if (active.length > 1 || wider.length > 0) {
    const all = [...active.map(({ id }) => `hook ${id}`), ...wider].join(' and ');
    return wrong(
      'doubled',
      `${all} call the same address, so that each push comes more than once: remove all but one`,
    );
  }
  for (const event of ['push', 'delete'] as const) {
    if (!hook.events.includes(event)) {
      const what = event === 'push' ? 'pushes' : 'deleted branches (event delete)';
      return wrong(`${event}-not-sent`, `it does not send ${what}: hooks install mends it`);
    }
  }
  if (arrived) return { state: 'ok', reason: 'arrived', text: 'a test delivery arrived' };
  if (repository.empty)
    return untested('empty', 'nothing was pushed to it yet, and Gitea sends no test before');
  return whyNot(evidence, hook);
}

function whyNot({ probe, refused, url, page, repository }: Evidence, hook: Hook): Diagnosis {
  switch (probe.outcome) {
    case 'unreachable':
      return wrong(
        'unreachable',
        `nothing answers at ${url} (${probe.detail}): does the service run, is the address right?`,
      );
    case 'redirects':
      return wrong(
        'redirected',
        `${url} redirects (${probe.detail}): Gitea would turn the delivery into a GET; use the final address`,
      );
    case 'other':
      return wrong(
        'not-ours',
        `what answers at ${url} is no pushledger (${probe.detail}): check the address, and the proxy before it`,
      );
    case 'wrong-secret':
      return wrong(
        'wrong-secret',
        `the service at ${url} has another secret than this command: same data directory, same configuration?`,
      );
  }
  if (refused === 'wrong') {
    return wrong(
      'wrong-secret',
      'the delivery came and was signed with another secret: hooks rotate-secret mends it',
    );
  }
  if (refused === 'missing') {
    return wrong(
      'no-secret',
      'the delivery came unsigned, as the hook has no secret: hooks rotate-secret mends it',
    );
  }
  if (hook.branchFilter !== '' && hook.branchFilter !== '*') {
    const filter = JSON.stringify(hook.branchFilter);
    return untested(
      'filtered',
      `its branch filter ${filter} may leave out ${repository.defaultBranch}, of which the test tells`,
    );
  }
  const look = `${page} shows what became of the delivery`;
  const also =
    refused === 'unknown'
      ? ', or the secret is another one (/metrics of the service cannot be read from here)'
      : '';
  if (isPrivate(url)) {
    return wrong(
      'allowed-host-list',
      `Gitea does not call private addresses until its administrator adds ${hostOf(url)} to ALLOWED_HOST_LIST ` +
        `(app.ini, section [webhook] up to 1.26, [security] from 1.27)${also}; ${look}`,
    );
  }
  return wrong(
    'not-delivered',
    `it is answered here, but Gitea's delivery did not come: ALLOWED_HOST_LIST of Gitea, its DNS, or a firewall between${also}; ${look}`,
  );
}

/** Whether `external`, the default of ALLOWED_HOST_LIST, leaves it out. A name may stand for any address. */
export function isPrivate(url: string): boolean {
  const host = hostOf(url)
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  if (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host.endsWith('.local') ||
    host.endsWith('.internal')
  )
    return true;
  // A name without a dot is one of the local network, as of a container beside Gitea.
  if (!host.includes('.') && !host.includes(':')) return true;
  return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd][0-9a-f]{2}:|fe80:)/.test(
    host,
  );
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? url;
}

function wrong(reason: Diagnosis['reason'], text: string): Diagnosis {
  return { state: 'wrong', reason, text };
}

function untested(reason: Diagnosis['reason'], text: string): Diagnosis {
  return { state: 'untested', reason, text };
}
