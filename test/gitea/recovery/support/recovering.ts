import pino from 'pino';
import { expect } from 'vitest';
import { Secret } from '../../../../src/config/secret.ts';
import { createPostgresEventStore } from '../../../../src/event-store/postgres/postgres-event-store.ts';
import { decodeEvent } from '../../../../src/events/codec.ts';
import type { DomainEvent } from '../../../../src/events/event.ts';
import { startOfLog } from '../../../../src/events/ids.ts';
import { ignoreNothing } from '../../../../src/events/ignore-rules.ts';
import { GiteaClient } from '../../../../src/gitea/client.ts';
import { foldUpToNow } from '../../../../src/gitea/recovery/fold-up-to.ts';
import { readRepositoryState } from '../../../../src/gitea/recovery/known-repositories.ts';
import {
  type RecoverAllOptions,
  type RepositoryReport,
  recoverAll,
} from '../../../../src/gitea/recovery/recover.ts';
import { createRecoverySubscriber } from '../../../../src/gitea/recovery/recovery-subscriber.ts';
import { absent, headsOf } from '../../../../src/gitea/recovery/ref-state.ts';
import { buildServer } from '../../../../src/http/server.ts';
import { registerIngestRoute } from '../../../../src/ingest/route.ts';
import { createFindLate, settlingMs } from '../../../../src/late-push/late-push.ts';
import { migrate } from '../../../../src/postgres/migrate.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import { openLedger } from '../../../../src/subscription/ledger.ts';
import { createManualClock, type ManualClock } from '../../../ingest/spool/support/manual-clock.ts';
import { createDatabase, testPool } from '../../../support/database.ts';
import { testSecret } from '../../../support/delivery.ts';
import type { GiteaRepository } from '../../../support/gitea/repository.ts';
import { type GiteaDouble, startGitea } from '../../../support/gitea/server.ts';

export const instance = 'gitea.test';

/** A Gitea, a receiver that can be away, and recovery on a real database. Time passes only when it is told to. */
export interface Recovering {
  readonly gitea: GiteaDouble;
  readonly databaseUrl: string;
  readonly clock: ManualClock;
  readonly options: RecoverAllOptions;
  /** A repository with a hook to the receiver, and one push that arrived. */
  repository(name: string, hook?: { events?: string[]; filter?: string }): Promise<GiteaRepository>;
  /** The receiver is not there: what is sent meanwhile is lost. */
  away<T>(work: () => T | Promise<T>): Promise<T>;
  /** Resolves when everything that was sent has its answer. */
  delivered(): Promise<void>;
  /** Recovers, with time passing wherever it waits. */
  recover(options?: Partial<RecoverAllOptions>, stepMs?: number): Promise<RepositoryReport[]>;
  events(): Promise<DomainEvent[]>;
  pushes(repository?: GiteaRepository): Promise<DomainEvent<'PushReceived'>[]>;
  close(): Promise<void>;
}

/** @param startedAt when time begins, for tests of programs that have the clock of the machine */
export async function startRecovering({ startedAt }: { startedAt?: number } = {}): Promise<Recovering> {
  const ignore = ignoreNothing;
  const database = await createDatabase();
  await migrate(database.url);
  const logger = pino({ level: 'silent' });
  const pool = testPool(database.url);
  const clock = createManualClock(startedAt);
  const store = createPostgresEventStore({
    databaseUrl: database.url,
    pool,
    clock: systemClock,
    logger,
    pollMs: 50,
  });
  const { ledgerId } = await openLedger(store, clock.now(), instance);
  const gitea = await startGitea({ now: clock.now });
  const client = new GiteaClient({ baseUrl: gitea.url, token: new Secret('good-token') });

  const app = buildServer(logger);
  let isAway = false;
  app.addHook('onRequest', async (request, reply) => {
    if (!isAway) return;
    reply.hijack();
    request.raw.destroy();
  });
  registerIngestRoute(app, {
    store,
    clock,
    findLate: createFindLate(store),
    instance,
    owner: 'acme',
    ignore,
    secrets: [{ name: 'test', reveal: () => testSecret }],
    bodyLimit: 1024 ** 2,
  });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/webhook/gitea`;

  const options: RecoverAllOptions = {
    client,
    store,
    pool,
    log: { ledgerId, store: store.kind },
    subscriber: createRecoverySubscriber(instance),
    clock,
    logger,
    signal: new AbortController().signal,
    instance,
    owner: 'acme',
    ignore,
    announceMaxAgeMs: 86_400_000,
    silent: null,
    since: null,
    settlingMs,
    dryRun: false,
    only: null,
  };
  const events = async () => {
    const { events: stored } = await store.readPage(startOfLog, 100_000);
    return stored.map(decodeEvent).filter((event) => event !== null);
  };
  const recovering: Recovering = {
    gitea,
    databaseUrl: database.url,
    clock,
    options,
    async repository(name, { events: sent = ['push', 'delete'], filter = '' } = {}) {
      const repository = gitea.world.createRepository('acme', name);
      gitea.world.addHook(
        { kind: 'repository', repositoryId: repository.id },
        {
          active: true,
          config: { url, content_type: 'json' },
          secret: testSecret,
          events: sent,
          branch_filter: filter,
        },
      );
      repository.push('main');
      await recovering.delivered();
      clock.advance(1_000);
      return repository;
    },
    async away(work) {
      isAway = true;
      try {
        const result = await work();
        await gitea.world.sender.idle();
        return result;
      } finally {
        isAway = false;
      }
    },
    delivered: () => gitea.world.sender.idle(),
    async recover(changed = {}, stepMs = 500) {
      let over = false;
      const work = recoverAll({ ...options, ...changed }).finally(() => {
        over = true;
      });
      work.catch(() => undefined);
      // Who waits on the clock wakes up; what is under way in the database or in Gitea takes its own time.
      while (!over) {
        await systemClock.sleep(2);
        clock.advance(stepMs);
      }
      return work;
    },
    events,
    async pushes(repository) {
      const all = (await events()).filter((event) => event.type === 'PushReceived');
      return repository ? all.filter(({ data }) => data.repository.id === repository.id) : all;
    },
    async close() {
      await app.close();
      await gitea.close();
      await store.close();
      await pool.end();
      await database.drop();
    },
  };
  return recovering;
}

/** What was recovered in a repository, by its short name. */
export function recoveredIn(reports: readonly RepositoryReport[], repository: GiteaRepository) {
  const report = reports.find(({ repositoryId }) => repositoryId === repository.id);
  if (!report || !('recovered' in report))
    throw new Error(`${repository.fullName}: ${JSON.stringify(report)}`);
  return report.recovered;
}

/** Where the log sees the refs is where Gitea has them. */
export async function expectSameHeads(all: Recovering, repository: GiteaRepository): Promise<void> {
  await foldUpToNow({ ...all.options, clock: { ...all.clock, sleep: async () => undefined } });
  const { states } = await readRepositoryState(all.options.pool, instance, repository.id);
  const expected = new Map<string, string>([
    ...[...repository.branches].map(([name, head]) => [`refs/heads/${name}`, head] as const),
    ...[...repository.tags].map(([name, head]) => [`refs/tags/${name}`, head] as const),
  ]);
  // Webhooks of one tag that come at once do not say which was the last.
  const known = [...states].map(([ref, state]) => {
    const { latest, possible } = headsOf(state);
    const head = expected.get(ref) ?? absent;
    return [ref, possible.has(head) ? head : latest] as const;
  });
  expect(new Map(known.filter(([, head]) => head !== absent))).toEqual(expected);
}
