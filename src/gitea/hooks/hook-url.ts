/** An address may carry a password or a token: what may be shown of it. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? '(no address)' : `${parsed.origin}${parsed.pathname}`;
}
