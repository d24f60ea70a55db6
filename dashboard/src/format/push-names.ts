export function shortSha(sha: string): string {
  return sha.slice(0, 8);
}

/** The short name of a branch or tag; other refs keep their own. */
export function refName(push: { readonly ref: string; readonly refKind: string }): string {
  if (push.refKind === 'branch') return push.ref.replace(/^refs\/heads\//, '');
  return push.refKind === 'tag' ? push.ref.replace(/^refs\/tags\//, '') : push.ref;
}

/** The first line of a commit message, and what follows it. */
export function splitMessage(message: string): { readonly title: string; readonly body: string } {
  const text = message.trim();
  const at = text.search(/\r?\n/);
  return at < 0 ? { title: text, body: '' } : { title: text.slice(0, at), body: text.slice(at).trim() };
}
