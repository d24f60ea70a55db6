import type { RequestOrigin } from './loopback.ts';

/**
 * Whether the page itself sent a request, or no browser at all. Every browser says `Sec-Fetch-Site` where the page is
 * secure (https, or this machine), and `Origin` with every POST and DELETE everywhere; a page elsewhere can forge
 * neither, nor add `X-Forwarded-Host`, for which it would have to ask us first.
 */
export type Sender = 'same-origin' | 'cross-site' | 'no-browser';

export function senderOf({ headers }: Pick<RequestOrigin, 'headers'>): Sender {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? 'same-origin' : 'cross-site';
  const { origin } = headers;
  if (origin === undefined) return 'no-browser';
  const host = URL.parse(String(origin))?.host;
  const own = [headers.host, headers['x-forwarded-host']].map((name) => String(name ?? '').toLowerCase());
  return host && own.includes(host.toLowerCase()) ? 'same-origin' : 'cross-site';
}

/** Whether the browser came by TLS, though a proxy may have ended it. */
export function isSecure({ headers }: Pick<RequestOrigin, 'headers'>): boolean {
  const { origin, forwarded } = headers;
  if (origin !== undefined && origin !== 'null') return String(origin).startsWith('https:');
  return headers['x-forwarded-proto'] === 'https' || /\bproto="?https\b/i.test(String(forwarded ?? ''));
}
