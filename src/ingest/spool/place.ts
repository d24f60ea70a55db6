import { join } from 'node:path';

/** Where the spool of a data directory lies. */
export function spoolPath(dataDir: string): string {
  return join(dataDir, 'spool.db');
}
