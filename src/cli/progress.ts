import type { Writable } from 'node:stream';

/** How far a long work is. */
export interface Progress {
  readonly done: number;
  /** Null where it is not known. */
  readonly total: number | null;
}

export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Removes the bar; to be called before anything else is printed. */
  end(): void;
}

const barWidth = 30;
/** On a terminal the line is drawn anew so often, elsewhere a line is written so often; in milliseconds. */
const terminalEveryMs = 200;
const plainEveryMs = 5_000;

/** A bar with rate and time left on a terminal, plain lines elsewhere. Both on the stream that results are not on. */
export function showProgress(
  what: string,
  output: Writable & { isTTY?: boolean } = process.stderr,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  const terminal = output.isTTY === true;
  const startedAt = now();
  let shownAt = startedAt;
  let shown = false;
  return {
    update(progress) {
      if (now() - shownAt < (terminal ? terminalEveryMs : plainEveryMs)) return;
      shownAt = now();
      shown = true;
      const line = lineOf(what, progress, (shownAt - startedAt) / 1_000, terminal);
      output.write(terminal ? `\r\x1b[2K${line}` : `${line}\n`);
    },
    end() {
      if (terminal && shown) output.write('\r\x1b[2K');
    },
  };
}

export function lineOf(what: string, { done, total }: Progress, seconds: number, withBar: boolean): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${Math.round(rate)}/s`;
  if (total === null || total <= 0) return `${what}: ${done}, ${speed}`;
  const part = Math.min(1, done / total);
  const left = rate > 0 ? `, ${durationOf((total - done) / rate)} left` : '';
  const text = `${what}: ${Math.floor(part * 100)} % (${done} of ${total}), ${speed}${left}`;
  if (!withBar) return text;
  const filled = Math.round(part * barWidth);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${text}`;
}

function durationOf(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
