import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import type { EventStore } from '../event-store/event-store.ts';
import type { GiteaClient } from '../gitea/client.ts';
import type { Clock } from '../runtime/clock.ts';

/** What checks look at. Nothing in it is changed. */
export interface World {
  readonly config: Config;
  readonly clock: Clock;
  /** Aborts when the time of a check is over. */
  readonly signal: AbortSignal;
  /** @throws Error saying why there is none; NotNow where none runs yet */
  connect(): Promise<Pool>;
  /** The database, for a question about something in it. @throws NotNow when it cannot be reached, or holds nothing yet */
  database(): Promise<Pool>;
  /** @throws Error saying why it cannot be read; NotNow */
  store(): Promise<EventStore>;
  /** @throws NotNow where Gitea is not configured, or without a token */
  gitea(): GiteaClient;
}
