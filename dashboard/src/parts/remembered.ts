/** What the reader has chosen, kept in the browser; a browser that keeps nothing forgets it with the page. */
type Name = 'language' | 'theme';

export function recall(name: Name): string | null {
  try {
    return window.localStorage.getItem(`pushledger.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: Name, value: string): void {
  try {
    window.localStorage.setItem(`pushledger.${name}`, value);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
}
