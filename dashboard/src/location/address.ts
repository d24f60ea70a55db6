/**
 * Where one is stands behind the `#`: the service then needs to know none of the page's addresses, and they stay right
 * below any path of a reverse proxy. `#/pushes?repo=acme/widgets`
 */
export interface Place {
  /** Begins with a slash. */
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
}

/** @param hash as the browser gives it, with or without the `#` */
export function placeOf(hash: string): Place {
  const text = hash.replace(/^#/, '');
  const at = text.indexOf('?');
  const path = at < 0 ? text : text.slice(0, at);
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    search: at < 0 ? '' : text.slice(at + 1),
  };
}

/** A place with those parameters that have a value. */
export function addressOf(
  path: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) search.set(name, value);
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}
