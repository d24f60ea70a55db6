/** Text of others on a terminal: on one line, and without what would move the cursor or turn the text around. */
export function oneLine(text: string, maxLength = 72): string {
  const harmless =
    text
      .split('\n', 1)[0]
      ?.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
      .trimEnd() ?? '';
  return harmless.length > maxLength ? `${harmless.slice(0, maxLength - 1).toWellFormed()}…` : harmless;
}

export function shortSha(sha: string | null): string {
  return sha === null ? 'unknown' : sha.slice(0, 10);
}
