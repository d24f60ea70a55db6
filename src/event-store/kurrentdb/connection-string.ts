import { readFileSync } from 'node:fs';
import { CodedError, messageOf } from '../../runtime/errors.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where the store is and how to get in, read from `EVENT_STORE_URL`. */
export interface ConnectionSettings {
  readonly hosts: readonly Endpoint[];
  /** Whether the nodes are asked for their cluster's members first, to find the leader. */
  readonly discover: boolean;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly tls: boolean;
  /** PEM text of the authority that signed the nodes' certificates; null for the system's own. */
  readonly certificateAuthority: Buffer | null;
  /** In milliseconds; -1 for none. */
  readonly keepAliveInterval: number;
  /** In milliseconds. */
  readonly keepAliveTimeout: number;
  readonly connectionName: string | undefined;
}

const defaultPort = 2113;

/** What each refused option means for somebody who copied it from elsewhere. */
const refusedOptions: Readonly<Record<string, string>> = {
  tlsverifycert:
    'is ignored by the client; give the authority that signed the certificates as tlsCAFile=PATH',
  throwonappendfailure: 'cannot be changed: the answers of appends depend on it',
  nodepreference: 'cannot be changed: the ledger is read and written at the leader',
  usercertfile: 'is not supported; give user:password@ before the host',
  userkeyfile: 'is not supported; give user:password@ before the host',
};

/** Taken for the sake of shared connection strings; this adapter sets its own limits. */
const passedOver = new Set(['defaultdeadline', 'maxdiscoverattempts', 'discoveryinterval', 'gossiptimeout']);

/**
 * Reads `esdb://user:password@host:2113?tls=true&tlsCAFile=PATH`, `esdb+discover://…` and lists of hosts.
 * Written here and not left to the client's parser, which only warns of what it ignores and whose messages quote
 * the string, password and all.
 *
 * @throws CodedError CONFIG_INVALID that never quotes the credentials
 */
export function parseConnectionString(text: string): ConnectionSettings {
  const found = /^([a-z0-9+.-]+):\/\/(?:([^@/?]*)@)?([^/?@]*)\/?(?:\?(.*))?$/i.exec(text.trim());
  if (!found) throw invalid('it must look like esdb://user:password@host:2113?tls=true');
  const [, scheme = '', userInfo, hostList = '', query = ''] = found;
  // A ? or / of a password that was not escaped; from here on, parts of the string may be quoted.
  if (query.includes('@')) throw invalid('escape what user and password hold of : / ? # @, as in %3F for ?');
  const discovers = schemeDiscovers(scheme);
  const hosts = hostList.split(',').map(parseHost);
  const options = parseOptions(query);
  const tls = booleanOf('tls', options.get('tls') ?? 'true');
  const credentials = userInfo === undefined ? null : parseCredentials(userInfo);
  if (tls && !credentials) {
    throw invalid(
      'a store with TLS refuses the anonymous; put user:password@ before the host, or tls=false for an insecure one',
    );
  }
  const caFile = options.get('tlscafile');
  if (caFile !== undefined && !tls) throw invalid('tlsCAFile has no meaning with tls=false');
  return {
    hosts,
    discover: discovers || hosts.length > 1,
    credentials,
    tls,
    certificateAuthority: caFile === undefined ? null : readCertificate(caFile),
    keepAliveInterval: milliseconds('keepAliveInterval', options.get('keepaliveinterval') ?? '10000'),
    keepAliveTimeout: milliseconds('keepAliveTimeout', options.get('keepalivetimeout') ?? '10000'),
    connectionName: options.get('connectionname'),
  };
}

/** `host:port` of every node that was named, for messages. */
export function describeHosts(settings: ConnectionSettings): string {
  return settings.hosts.map(describeEndpoint).join(', ');
}

export function describeEndpoint({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

function schemeDiscovers(scheme: string): boolean {
  switch (scheme.toLowerCase()) {
    case 'esdb':
      return false;
    case 'esdb+discover':
      return true;
    case 'kurrentdb':
    case 'kurrent':
    case 'kdb':
      throw invalid(`the client does not know ${scheme}://; write esdb:// instead, the rest stays as it is`);
    case 'kurrentdb+discover':
    case 'kurrent+discover':
    case 'kdb+discover':
      throw invalid(
        `the client does not know ${scheme}://; write esdb+discover:// instead, the rest stays as it is`,
      );
    default:
      throw invalid(`${scheme}:// is no event store; expected esdb:// or esdb+discover://`);
  }
}

function parseHost(text: string): Endpoint {
  const found = /^([^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text.trim());
  const port = Number(found?.[2] ?? defaultPort);
  if (!found?.[1] || port < 1 || port > 65_535) {
    throw invalid(
      'what follows user:password@ is no host; expected host or host:port, several separated by commas',
    );
  }
  return { address: found[1], port };
}

function parseCredentials(text: string): { username: string; password: string } {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) throw invalid('before the @ there must be user:password');
  try {
    return {
      username: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    throw invalid('user or password holds a % that escapes nothing; write it as %25');
  }
}

/** Keys are compared without case, as the other clients of the store do. */
function parseOptions(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const key = name.toLowerCase();
    const why = refusedOptions[key];
    if (why) throw invalid(`${name} ${why}`);
    if (!knownOptions.has(key) && !passedOver.has(key)) throw invalid(`${name} is no option of it`);
    options.set(key, value);
  }
  return options;
}

const knownOptions = new Set(['tls', 'tlscafile', 'keepaliveinterval', 'keepalivetimeout', 'connectionname']);

function booleanOf(name: string, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw invalid(`${name} must be true or false, not "${value}"`);
  return value === 'true';
}

function milliseconds(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < -1) throw invalid(`${name} must be milliseconds, not "${value}"`);
  return number;
}

function readCertificate(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw invalid(`tlsCAFile cannot be read: ${messageOf(cause)}`);
  }
}

function invalid(detail: string): CodedError {
  return new CodedError('CONFIG_INVALID', `EVENT_STORE_URL: ${detail}`);
}
