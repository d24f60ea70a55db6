import { isIP } from 'node:net';

/** What of a request tells where it came from. */
export interface RequestOrigin {
  readonly httpVersion: string;
  /** Lower-case names, as Node gives them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Whether an address to listen on, or a host in an address, is this machine's own and nobody else's. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a request was made on this machine, straight to us: by a name that only this machine has (a page elsewhere
 * can make a name of its own point here, but then that name is in the Host header), and through no proxy.
 */
export function isDirect({ httpVersion, headers }: RequestOrigin): boolean {
  const host = headers.host;
  if (typeof host !== 'string') return false;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  return localHosts.has(name) && !isForwarded(headers) && httpVersion !== '1.0';
}

/**
 * By the headers that proxies add. nginx adds none unless it is told to, and makes the Host header ours: but it asks by
 * HTTP/1.0 then, which no browser does (see `isDirect`).
 */
function isForwarded(headers: RequestOrigin['headers']): boolean {
  return Object.keys(headers).some(
    (name) =>
      name === 'forwarded' || name === 'via' || name === 'x-real-ip' || name.startsWith('x-forwarded-'),
  );
}
