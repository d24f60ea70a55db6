import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { System } from './system.ts';

/** Finds lines that no fault of a campaign is a reason for: an answer 500, an error that nobody caught. */
export function createLogWatch() {
  /** How many lines of each log were read. */
  const read = new Map<string, number>();
  return {
    async check({ instances }: System): Promise<string[]> {
      const found: string[] = [];
      for (const { name, logPath } of instances) {
        let line = 0;
        const seen = read.get(logPath) ?? 0;
        for await (const text of createInterface({ input: createReadStream(logPath) })) {
          if (++line > seen && isUnexpected(text)) found.push(`${name} said: ${text.slice(0, 1_000)}`);
        }
        read.set(logPath, line);
      }
      return found;
    },
  };
}

/** Exported for its test. */
export function isUnexpected(line: string): boolean {
  return (
    /"code":"INTERNAL"|"level":"fatal"/.test(line) ||
    /^(Uncaught|node:internal|\(node:\d+\) (MaxListenersExceeded|.*Unhandled))|unhandledRejection/.test(line)
  );
}
