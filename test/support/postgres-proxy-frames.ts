/**
 * A message of PostgreSQL's protocol, version 3: a type byte, then its length with the length itself, then the
 * content (https://www.postgresql.org/docs/18/protocol-message-formats.html).
 */
export interface Frame {
  /** One character; empty for the first message of a client, which has no type. */
  readonly type: string;
  readonly content: Buffer;
  /** As it came over the wire. */
  readonly raw: Buffer;
}

/** Cuts a stream into frames. What is not complete yet waits for the next chunk. */
export function createFrameReader(options: { startsWithoutType: boolean }): (chunk: Buffer) => Frame[] {
  let waiting = Buffer.alloc(0);
  let typeless = options.startsWithoutType;
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const start = typeless ? 0 : 1;
      if (waiting.length < start + 4) return frames;
      const end = start + waiting.readUInt32BE(start);
      if (waiting.length < end) return frames;
      frames.push({
        type: waiting.toString('latin1', 0, start),
        content: waiting.subarray(start + 4, end),
        raw: waiting.subarray(0, end),
      });
      waiting = waiting.subarray(end);
      typeless = false;
    }
  };
}

/** The zero-terminated texts at the beginning of a message. */
export function readTexts(content: Buffer, count: number): { texts: string[]; end: number } {
  const texts: string[] = [];
  let end = 0;
  for (let index = 0; index < count; index++) {
    const zero = content.indexOf(0, end);
    texts.push(content.toString('utf8', end, zero));
    end = zero + 1;
  }
  return { texts, end };
}

/** A Bind message: the name of its prepared statement, and the parameters as text (null stays null). */
export function readBind(content: Buffer): { statement: string; parameters: (string | null)[] } {
  const { texts, end } = readTexts(content, 2);
  const formats = content.readUInt16BE(end);
  let at = end + 2 + 2 * formats;
  const count = content.readUInt16BE(at);
  at += 2;
  const parameters: (string | null)[] = [];
  for (let index = 0; index < count; index++) {
    const length = content.readInt32BE(at);
    at += 4;
    parameters.push(length < 0 ? null : content.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return { statement: texts[1] ?? '', parameters };
}
