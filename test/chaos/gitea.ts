import { join } from 'node:path';
import type { Misbehaviour } from '../support/gitea/misbehaviour.ts';
import { type GiteaRecord, KeptDeliveries, type KeptDelivery } from './doubles/gitea-records.ts';
import { followJournal } from './doubles/journal.ts';
import { DoubleIsDown, type DoubleProcess, startDouble } from './doubles/process.ts';
import type { RefHead } from './refs.ts';

/** Gitea as a process with its repositories and hook tasks on disk, that is started again when it was killed. */
export interface ChaosGitea extends Omit<DoubleProcess, 'ask' | 'misbehave'> {
  /** All that it was to send so far, as its disk has it; the oldest first. */
  deliveries(): readonly KeptDelivery[];
  furnish(hookUrl: string, secret: string): Promise<void>;
  /** Somebody does what follows from the seed, such as a push; in vain where Gitea is down. */
  act(seed: string): Promise<void>;
  /** "Redeliver" on the page of each of these. */
  redeliver(deliveries: readonly KeptDelivery[]): Promise<void>;
  /** All branches and tags. */
  heads(): Promise<readonly RefHead[]>;
  /** Resolves when nothing waits and nothing is on its way. */
  idle(): Promise<void>;
  misbehave(how: Misbehaviour, forMs: number): Promise<void>;
}

/** @param directory of its data; `logs`: of what it says when it fails */
export async function startChaosGitea(directory: string, logs: string): Promise<ChaosGitea> {
  const data = join(directory, 'gitea.jsonl');
  const gitea = await startDouble({
    name: 'gitea',
    main: './gitea-main.ts',
    args: ['--data', data],
    logPath: join(logs, 'gitea.log'),
  });
  const readOn = followJournal<GiteaRecord>(data);
  const kept = new KeptDeliveries();
  return {
    ...gitea,
    deliveries() {
      for (const record of readOn()) kept.add(record);
      return kept.all;
    },
    async furnish(hookUrl, secret) {
      await gitea.ask('furnish', { hookUrl, secret });
    },
    async act(seed) {
      await gitea.ask('act', seed).catch((error: unknown) => {
        if (!(error instanceof DoubleIsDown)) throw error;
      });
    },
    async redeliver(deliveries) {
      await gitea.ask(
        'redeliver',
        deliveries.map(({ id }) => id),
      );
    },
    heads: async () => (await gitea.ask('heads')) as RefHead[],
    async idle() {
      await gitea.ask('idle');
    },
  };
}
