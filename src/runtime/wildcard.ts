/**
 * Whether a pattern stands for the whole text: `*` in it for anything, all else for itself, in any case. Looks at the
 * text from left to right without ever going back, so that no text makes it slow.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return lower === first;
  if (lower.length < first.length + last.length || !lower.startsWith(first) || !lower.endsWith(last))
    return false;
  const end = lower.length - last.length;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = lower.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
