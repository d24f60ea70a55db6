/** A frame, and the part of the log that it tells of. */
export interface RecentFrame {
  readonly to: bigint;
  readonly bytes: Buffer;
}

export interface RecentLimits {
  readonly frames: number;
  readonly bytes: number;
}

const defaultLimits: RecentLimits = { frames: 120, bytes: 4 * 1_024 ** 2 };

/**
 * The last frames, kept once for all viewers. Each viewer has only a place in it: one that is slow costs nothing but the
 * frame on its way, and one that was away a moment goes on where it was.
 */
export interface Recent {
  /** Everything behind this position is here. */
  readonly from: bigint;
  /** How far the log is told. */
  readonly to: bigint;
  /** @param frame null where the log went on and there was nothing to tell */
  add(to: bigint, frame: Buffer | null): void;
  /** The next frame behind a position, or null at the end. */
  after(position: bigint): RecentFrame | null;
}

export function createRecent(start: bigint, limits = defaultLimits): Recent {
  let frames: readonly RecentFrame[] = [];
  let bytes = 0;
  let from = start;
  let to = start;
  return {
    get from() {
      return from;
    },
    get to() {
      return to;
    },
    add(position, frame) {
      to = position;
      if (!frame) return;
      frames = [...frames, { to: position, bytes: frame }];
      bytes += frame.length;
      let [oldest] = frames;
      while (oldest && (frames.length > limits.frames || bytes > limits.bytes)) {
        from = oldest.to;
        bytes -= oldest.bytes.length;
        frames = frames.slice(1);
        [oldest] = frames;
      }
    },
    after: (position) => frames.find((frame) => frame.to > position) ?? null,
  };
}
