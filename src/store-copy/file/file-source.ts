import type { Side } from '../side.ts';
import { readCompleteLog } from './read-log.ts';

export function createFileSource(path: string): Side {
  return {
    name: `file:${path}`,
    read: (signal) => readCompleteLog(path, signal),
    close: async () => undefined,
  };
}
