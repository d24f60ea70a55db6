import { parseArgs } from 'node:util';
import type { Misbehaviour } from '../../support/gitea/misbehaviour.ts';
import { startGitea } from '../../support/gitea/server.ts';
import { seeded } from '../../support/seeded.ts';
import { actSomehow, furnish } from '../people.ts';
import type { RefHead } from '../refs.ts';
import { serveControl } from './control.ts';
import { type GiteaRecord, KeptDeliveries } from './gitea-records.ts';
import { openJournal } from './journal.ts';

/**
 * Gitea as a process of its own: `node gitea-main.ts --data FILE`. It keeps what people did, before it does it: when it
 * begins again they do the same, in the same order and at the same time, and nothing is sent for it. Nobody else changes
 * anything, so that repositories, feeds and ids are what they were. Hook tasks are kept as Gitea keeps them.
 */
const { values } = parseArgs({ options: { data: { type: 'string' } } });
const journal = openJournal<GiteaRecord>(values.data ?? '');

/** One time for all that happens at once. In milliseconds. */
let at = 0;
const gitea = await startGitea({
  now: () => new Date(at),
  sender: {
    keep({ id, hook, event, body, status }, state) {
      if (state === 'queued') {
        journal.write({ kind: 'queued', id, hook: hook.id, event, body: body.toString() });
      } else if (state === 'sending') journal.write({ kind: 'sending', id });
      else journal.write({ kind: 'done', id, status });
    },
  },
});
const { world } = gitea;
// What users see; the port changes with each start, and is not theirs.
world.baseUrl = 'http://gitea.test/git';
restore();

serveControl(gitea.url, {
  furnish: (argument) => happen({ kind: 'furnished', at: Date.now(), ...(argument as Hook) }),
  act: (seed) => happen({ kind: 'acted', at: Date.now(), seed: seed as string }),
  redeliver(ids) {
    const wanted = new Set(ids as readonly string[]);
    for (const delivery of world.sender.deliveries.filter(({ id }) => wanted.has(id))) world.replay(delivery);
  },
  heads: () => heads(),
  idle: () => world.sender.idle(),
  misbehave: (how) => gitea.misbehave(/./, how as Misbehaviour),
  behave: () => gitea.behave(),
});

interface Hook {
  readonly hookUrl: string;
  readonly secret: string;
}

function happen(record: GiteaRecord): void {
  journal.write(record);
  apply(record);
}

function apply(record: GiteaRecord): void {
  if (record.kind !== 'furnished' && record.kind !== 'acted') return;
  ({ at } = record);
  if (record.kind === 'furnished') furnish(world, record.hookUrl, record.secret);
  else actSomehow(world, seeded(record.seed));
}

function heads(): RefHead[] {
  return [...world.repositories.values()].flatMap(({ id: repositoryId, branches, tags }) => [
    ...[...branches].map(([name, head]) => ({ repositoryId, ref: `refs/heads/${name}`, head })),
    ...[...tags].map(([name, head]) => ({ repositoryId, ref: `refs/tags/${name}`, head })),
  ]);
}

function restore(): void {
  journal.write({ kind: 'began' });
  const deliveries = new KeptDeliveries();
  for (const record of [...journal.kept, { kind: 'began' } as const]) {
    deliveries.add(record);
    world.sender.silently(() => apply(record));
  }
  for (const { id, event, body, state, status, ...kept } of deliveries.all) {
    const hook = world.hooks.find((each) => each.id === kept.hook);
    if (!hook) throw new Error(`there is no hook ${kept.hook}`);
    const done = state !== 'waiting';
    world.sender.restore({ id, hook, event, body, status, answer: '', error: null, done });
  }
}
