/** Server-sent events as bytes: made once, and the same for every viewer. */

/** How soon a browser comes back, in milliseconds. */
const comeBackMs = 2_000;

export const firstFrame = Buffer.from(`retry: ${comeBackMs}\n\n`);
export const heartbeatFrame = Buffer.from(': \n\n');

/** @param id the position that a client which saw this goes on behind; none for what is not part of the log */
export function frame(event: string, data: unknown, id?: bigint): Buffer {
  // JSON has no line breaks of its own, so that one data line will do.
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return Buffer.from(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
