import { Writable } from 'node:stream';
import pino, { type Logger } from 'pino';

export interface RecordedLog {
  readonly logger: Logger;
  /** Messages of a level, in order. */
  messages(level: 'info' | 'warn' | 'error'): string[];
}

export function recordLog(): RecordedLog {
  const lines: { level: string; msg: string }[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const logger = pino({ level: 'debug', formatters: { level: (level) => ({ level }) } }, destination);
  return { logger, messages: (level) => lines.filter((line) => line.level === level).map(({ msg }) => msg) };
}
