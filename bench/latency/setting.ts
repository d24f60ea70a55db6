import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../../test/e2e/support/account.ts';
import { installSynapse } from '../../test/e2e/support/install-synapse.ts';
import { type MatrixProxy, startMatrixProxy } from '../../test/e2e/support/matrix-proxy.ts';
import { startSynapse } from '../../test/e2e/support/synapse.ts';
import type { Limits } from '../../test/e2e/support/synapse-config.ts';
import { testSecret } from '../../test/support/delivery.ts';
import { type RunningService, startServe } from '../../test/support/service-process.ts';

export interface Setting {
  readonly service: RunningService;
  /** Makes and reads the room. */
  readonly person: Account;
  readonly room: string;
  /** Null where nothing stands between the service and the homeserver. */
  readonly proxy: MatrixProxy | null;
}

/** So far above what the benchmark sends that it is no limit; the homeserver's own is as high. */
const noLimit = { NOTIFY_RATE: '1000', NOTIFY_BURST: '1000' };

/**
 * Runs `work` with the service as a process of its own and a homeserver. With default limits both are as they come,
 * and a proxy counts the refusals; with raised ones nothing is in the way.
 */
export async function withSetting<T>(
  options: { readonly limits: Limits; readonly databaseUrl: string; readonly directory: string },
  work: (setting: Setting) => Promise<T>,
): Promise<T> {
  const { limits, databaseUrl, directory } = options;
  const synapse = await startSynapse(await installSynapse(), limits);
  const proxy = limits === 'default' ? await startMatrixProxy(synapse.url) : null;
  let service: RunningService | null = null;
  try {
    const person = await synapse.register('person');
    const bot = await synapse.register('bot');
    const room = await person.createRoom({ invite: [bot] });
    service = await startServe({
      cwd: directory,
      asInstalled: true,
      env: {
        PUSHLEDGER_DATA_DIR: join(directory, 'data'),
        PORT: '0',
        DATABASE_URL: databaseUrl,
        GITEA_WEBHOOK_SECRET: testSecret,
        MATRIX_HOMESERVER_URL: proxy?.url ?? synapse.url,
        MATRIX_ACCESS_TOKEN: bot.accessToken,
        MATRIX_ROOM: room,
        ...(limits === 'raised' && noLimit),
      },
    });
    return await work({ service, person, room, proxy });
  } finally {
    await service?.end();
    await proxy?.close();
    await synapse.remove();
    await rm(directory, { recursive: true, force: true });
  }
}
