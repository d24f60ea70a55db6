/**
 * Text that every store, Postgres and JSON reader takes: no U+0000 and no half of a surrogate pair. Git allows
 * neither in a message, but the body of a delivery may hold both.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** At most `maxBytes` of UTF-8, never cut inside a character. */
export function cutText(text: string, maxBytes: number): { text: string; cut: boolean } {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return { text, cut: false };
  let end = maxBytes;
  // A byte 10xxxxxx continues a character: step back to where that character starts.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return { text: bytes.subarray(0, end).toString('utf8'), cut: true };
}
