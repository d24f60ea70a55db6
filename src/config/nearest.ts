/**
 * The candidate that was probably meant, or null when none is close. Case and punctuation do not count, so that
 * `GITEA_URL` and `giteaUrl` both find `gitea.url`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const plainWord = plain(word);
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = editDistance(plainWord, plain(candidate));
    if (best === null || distance < best.distance) best = { candidate, distance };
  }
  return best !== null && best.distance <= Math.max(2, plainWord.length / 3) ? best.candidate : null;
}

/** Only a prefix is compared: nobody's typing error is longer, and the comparison is quadratic. */
function plain(text: string): string {
  return text
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
