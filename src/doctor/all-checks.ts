import type { Check } from './check.ts';
import { clocks } from './checks/clocks.ts';
import { dagEngine } from './checks/dag-engine.ts';
import { dataDirectory } from './checks/data-directory.ts';
import { database } from './checks/database.ts';
import { disk } from './checks/disk.ts';
import { eventStore } from './checks/event-store.ts';
import { giteaHooks } from './checks/gitea-hooks.ts';
import { giteaServer } from './checks/gitea-server.ts';
import { giteaToken } from './checks/gitea-token.ts';
import { leaders } from './checks/leaders.ts';
import { matrixAccount } from './checks/matrix-account.ts';
import { matrixLimits } from './checks/matrix-limits.ts';
import { matrixRooms } from './checks/matrix-rooms.ts';
import { parked } from './checks/parked.ts';
import { progress } from './checks/progress.ts';
import { schema } from './checks/schema.ts';
import { spool } from './checks/spool.ts';
import { webhookAddress } from './checks/webhook-address.ts';

/** In the order that they are shown in. */
export const allChecks: readonly Check[] = [
  dataDirectory,
  disk,
  database,
  schema,
  eventStore,
  giteaServer,
  giteaToken,
  webhookAddress,
  giteaHooks,
  matrixAccount,
  matrixRooms,
  matrixLimits,
  dagEngine,
  clocks,
  spool,
  leaders,
  progress,
  parked,
];
