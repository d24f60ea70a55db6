import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  makeNextWebhookSecret,
  readGeneratedWebhookSecrets,
  retireWebhookSecret,
} from '../../../src/config/webhook-secret.ts';
import { confirmAccepted } from '../../../src/gitea/hooks/confirm-accepted.ts';
import { rotateSecret } from '../../../src/gitea/hooks/rotate-secret.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { until } from '../../support/condition.ts';
import type { GiteaRepository } from '../../support/gitea/repository.ts';
import { type HookedService, startHookedService } from '../support/hooked-service.ts';

const signal = new AbortController().signal;
let hooked: HookedService;
beforeEach(async () => {
  hooked = await startHookedService();
});
afterEach(() => hooked.stop());

async function nextSecret() {
  const next = makeNextWebhookSecret(hooked.service.config.dataDir);
  expect(await confirmAccepted([hooked.url], next, { clock: systemClock, signal })).toMatchObject({
    outcome: 'accepted',
  });
  return next;
}

/** Every kind of push, one after the other, while it is asked for. */
async function pushUntil(isOver: () => boolean, repositories: readonly GiteaRepository[]): Promise<number> {
  let count = 0;
  for (let n = 0; !isOver(); n++) {
    const repository = repositories[n % repositories.length];
    if (!repository) break;
    const round = Math.floor(n / repositories.length);
    const branch = `topic-${round}`;
    if (round === 0) repository.push('main', { commits: 3 });
    else if (round % 5 === 1) repository.push('main', { commits: 7 });
    else if (round % 5 === 2) repository.forcePush('main', { dropped: 2, commits: 2 });
    else if (round % 5 === 3) repository.tag(`v${round}`, round % 2 ? {} : { annotated: 'a release' });
    else if (round % 5 === 4) {
      repository.createBranch(branch, { commits: 1 });
      repository.deleteBranch(branch);
      // The push and the delete of one branch.
      count++;
    } else repository.rewind('main', 1);
    count++;
    await systemClock.sleep(5);
  }
  return count;
}

describe('rotating the secret', () => {
  it('under load loses no push and stores each of them once', { timeout: 60_000 }, async () => {
    const { gitea, tools, url, service } = hooked;
    const repositories = Array.from({ length: 12 }, (_, n) =>
      gitea.world.createRepository('acme', `app-${n}`),
    );
    await hooked.install();
    const old = gitea.world.hooks.map(({ id }) => id);
    let over = false;
    const pushing = pushUntil(() => over, repositories);
    await until('pushes under way', () => gitea.world.sender.deliveries.length > 50);
    const next = await nextSecret();
    const outcomes = await rotateSecret(tools, await hooked.targets(), url, next, { graceMs: 1_000, signal });
    retireWebhookSecret(service.config.dataDir, 'generated');
    const sent = gitea.world.sender.deliveries.length;
    await until('pushes by the new hooks alone', () => gitea.world.sender.deliveries.length > sent + 50);
    over = true;
    const count = await pushing;
    await gitea.world.sender.idle();

    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['rotated']));
    expect(gitea.world.hooks).toHaveLength(12);
    expect(
      gitea.world.hooks.every((hook) => hook.secret === next.secret.reveal() && !old.includes(hook.id)),
    ).toBe(true);
    const pushes = await hooked.pushes();
    expect(pushes).toHaveLength(count);
    const made = repositories.flatMap(({ id, pushes: all }) =>
      all.map(({ ref, after }) => `${id} ${ref} ${after}`),
    );
    const stored = pushes.filter(({ kind, refKind }) => !(kind === 'deleted' && refKind === 'branch'));
    expect(stored.map((push) => `${push.repository.id} ${push.ref} ${push.after}`).sort()).toEqual(
      made.sort(),
    );
    expect(new Set(pushes.map(({ body }) => body?.secret))).toEqual(new Set(['generated', 'generated-2']));
    expect(readGeneratedWebhookSecrets(service.config.dataDir)).toMatchObject({
      accepted: [{ name: 'generated-2' }],
      retired: [{ name: 'generated' }],
    });
  });

  it('waits for what Gitea has not sent yet: a deleted hook sends nothing more', async () => {
    const { gitea, tools, url } = hooked;
    const repository = gitea.world.createRepository('acme', 'widgets');
    await hooked.install();
    const next = await nextSecret();
    gitea.world.sender.pause();
    repository.push('main');
    // The queue moves on while the old hook still stands beside the new one.
    const clock = {
      now: () => new Date(),
      sleep: async () => {
        expect(gitea.world.hooks).toHaveLength(2);
        gitea.world.sender.resume();
        await gitea.world.sender.idle();
      },
    };
    const patient = { ...tools, log: { ...tools.log, clock } };
    await rotateSecret(patient, await hooked.targets(), url, next, { graceMs: 1, signal });
    expect(await hooked.pushes()).toHaveLength(1);
    expect(gitea.world.hooks).toHaveLength(1);
  });

  it('keeps what the old hook sends: events, filter and header', async () => {
    const { gitea, tools, url } = hooked;
    gitea.world.createRepository('acme', 'widgets');
    await hooked.install();
    const [hook] = gitea.world.hooks;
    Object.assign(hook ?? {}, {
      branch_filter: 'main',
      authorization_header: 'Bearer x',
      events: ['delete', 'push', 'release'],
    });
    const next = await nextSecret();
    await rotateSecret(tools, await hooked.targets(), url, next, { graceMs: 0, signal });
    expect(gitea.world.hooks).toMatchObject([
      {
        branch_filter: 'main',
        authorization_header: 'Bearer x',
        events: ['delete', 'push', 'release'],
        active: true,
      },
    ]);
  });

  it.each(['creating', 'the grace', 'deleting'])(
    'killed while %s, goes on when it is called again',
    async (when) => {
      const { gitea, tools, url } = hooked;
      for (let n = 0; n < 6; n++) gitea.world.createRepository('acme', `app-${n}`);
      await hooked.install();
      const next = await nextSecret();
      const dying = new AbortController();
      const clock = {
        now: () => new Date(),
        sleep: async () => {
          if (when === 'the grace') dying.abort(new Error('killed'));
          dying.signal.throwIfAborted();
        },
      };
      if (when === 'creating') gitea.misbehave(/POST .*app-[345]\/hooks/, 'forbidden');
      if (when === 'deleting') gitea.misbehave(/DELETE .*app-[345]\/hooks/, 'forbidden');
      const killed = { ...tools, log: { ...tools.log, clock } };
      const first = await rotateSecret(killed, await hooked.targets(), url, next, {
        graceMs: 1,
        signal: dying.signal,
      }).catch(() => null);
      expect(first?.filter(({ result }) => result === 'failed').length).toBe(
        when === 'the grace' ? undefined : 3,
      );
      gitea.behave();
      expect(makeNextWebhookSecret(hooked.service.config.dataDir).name).toBe(next.name);
      const again = await rotateSecret(tools, await hooked.targets(), url, next, { graceMs: 0, signal });
      expect(again.every(({ result }) => result === 'rotated' || result === 'unchanged')).toBe(true);
      expect(gitea.world.hooks).toHaveLength(6);
      expect(gitea.world.hooks.every(({ secret }) => secret === next.secret.reveal())).toBe(true);
    },
  );

  it('replaces a hook once more that was made and not recorded: its secret is not known', async () => {
    const { gitea, tools, url } = hooked;
    const repository = gitea.world.createRepository('acme', 'widgets');
    await hooked.install();
    const next = await nextSecret();
    const unrecorded = { active: true, events: ['push', 'delete'], config: { url, content_type: 'json' } };
    gitea.world.addHook({ kind: 'repository', repositoryId: repository.id }, unrecorded);
    await rotateSecret(tools, await hooked.targets(), url, next, { graceMs: 0, signal });
    expect(gitea.world.hooks).toMatchObject([{ secret: next.secret.reveal() }]);
  });

  it('leaves a repository alone whose hook is switched off, and says so', async () => {
    const { gitea, tools, url } = hooked;
    gitea.world.createRepository('acme', 'widgets');
    await hooked.install();
    for (const hook of gitea.world.hooks) hook.active = false;
    const next = await nextSecret();
    expect(
      await rotateSecret(tools, await hooked.targets(), url, next, { graceMs: 0, signal }),
    ).toMatchObject([{ result: 'skipped', detail: 'its hook is not active' }]);
    expect(gitea.world.hooks).toHaveLength(1);
  });
});
