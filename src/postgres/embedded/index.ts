import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './acquire.ts';
import { acquire } from './acquire.ts';
import { packagedBinaries } from './binaries.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './acquire.ts';

/**
 * A PostgreSQL server in the data directory: adopted when it runs, started when it does not, made when there is none.
 * Any number of processes may use one data directory; the last one to release it stops the server. Keep the answer
 * for as long as the server is needed: the lease ends when it is released, or with the process.
 *
 * @throws CodedError EMBEDDED_POSTGRES_FAILED with the last lines of the server's output, or the signal's reason
 */
export async function acquireEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return acquire(options, {
    packaged: packagedBinaries(),
    sharedDir: '/var/lib/pushledger',
    unprivilegedUser,
  });
}
