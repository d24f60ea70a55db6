/**
 * The text of an answer up to so many bytes; the rest is not read. What cannot be read (the connection broke, or the
 * request's signal aborted) counts as not sent: whoever asks knows the status by then.
 */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      size += chunk.byteLength;
      // Leaving the loop cancels the body, and with it the connection.
      if (size >= maxBytes) break;
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}
