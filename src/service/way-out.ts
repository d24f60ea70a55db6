import type { Writable } from 'node:stream';
import type { Config } from '../config/config.ts';
import { consoleRoom, createConsoleSender } from '../notifier/console.ts';
import { createMatrixSender } from '../notifier/matrix.ts';
import { createRouter, type Router } from '../notifier/routes.ts';
import type { Sender } from '../notifier/sender.ts';

/**
 * Where messages go: to the rooms of the routes and the configured room, or to the console until Matrix is configured.
 * The console stays among the ways out for what was planned for it before.
 */
export function wayOut(config: Config, output: Writable): { senders: readonly Sender[]; route: Router } {
  const console = createConsoleSender(output);
  if (!config.matrix) return { senders: [console], route: createRouter(config.routes, consoleRoom) };
  const { homeserverUrl, accessToken, room } = config.matrix;
  const matrix = createMatrixSender({ homeserverUrl, accessToken: accessToken.reveal() });
  return { senders: [matrix, console], route: createRouter(config.routes, room) };
}
