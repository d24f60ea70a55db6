import { sessionMs } from './sessions.ts';

/** By ledger: cookies do not tell ports apart, and two services on one machine must not sign each other out. */
export function cookieName(ledgerId: string): string {
  return `pushledger_${ledgerId.slice(0, 8)}`;
}

/** The session id of a Cookie header, or null. */
export function readCookie(name: string, header: string | undefined): string | null {
  const pair = header
    ?.split(';')
    .map((text) => text.trim())
    .find((text) => text.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1) ?? '';
  return /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
}

/**
 * A Set-Cookie header. Without `Path`: a browser then takes the folder of the address that set it, which is the API's
 * own, below whatever path a proxy has put us (RFC 6265, 5.1.4).
 *
 * @param value null ends the cookie
 */
export function setCookie(name: string, value: string | null, secure: boolean): string {
  return [
    `${name}=${value ?? ''}`,
    `Max-Age=${value === null ? 0 : sessionMs / 1_000}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ].join('; ');
}
