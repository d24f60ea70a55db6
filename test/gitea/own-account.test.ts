import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import { GiteaClient } from '../../src/gitea/client.ts';
import { createOwnAccount, type OwnAccount } from '../../src/gitea/own-account.ts';
import { until } from '../support/condition.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';

let gitea: GiteaDouble;
let account: OwnAccount;
let stopping: AbortController;
let log: { level: number; login?: string; reason?: string }[];

beforeEach(async () => {
  gitea = await startGitea();
  stopping = new AbortController();
  log = [];
  const clock = { now: () => new Date(), sleep: async () => undefined };
  const client = new GiteaClient({ baseUrl: gitea.url, token: new Secret('good-token'), clock });
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  account = createOwnAccount({ client, clock, logger });
});

afterEach(() => gitea.close());

const warned = () => log.filter(({ level }) => level >= 40);

describe('our own account on Gitea', () => {
  it('is not known before Gitea has told it; then it is, and the log says what that means', async () => {
    expect(account.login()).toBeNull();
    await account.learn(stopping.signal);
    expect(account.login()).toBe('ada');
    expect(warned()).toMatchObject([{ login: 'ada' }]);
  });

  it('is asked for until Gitea is there', async () => {
    gitea.misbehave(/^GET \/user$/, 'bad-gateway', 9);
    await account.learn(stopping.signal);
    expect(account.login()).toBe('ada');
    expect(gitea.requests).toHaveLength(10);
  });

  it.each(['forbidden', 'unauthorized', 'html', 'redirect'] as const)(
    'stays unknown, harmlessly, where Gitea answers like this: %s',
    async (how) => {
      gitea.misbehave(/./, how);
      await account.learn(stopping.signal);
      expect(account.login()).toBeNull();
      expect(warned()).toEqual([]);
      expect(log.at(-1)?.reason).toContain('GET');
    },
  );

  it('stays unknown where the token may not tell it', async () => {
    const [ada] = [...gitea.world.tokens.values()];
    gitea.world.createToken('good-token', ada?.user ?? gitea.world.createUser('eve'), ['write:repository']);
    await account.learn(stopping.signal);
    expect(account.login()).toBeNull();
    expect(log.at(-1)?.reason).toContain('read:user');
  });

  it('is given up when the service stops, though Gitea hangs', async () => {
    gitea.misbehave(/./, 'hanging');
    const learning = account.learn(stopping.signal);
    await until('the request is there', () => gitea.requests.length > 0);
    stopping.abort(new Error('the service is stopping'));
    await learning;
    expect(account.login()).toBeNull();
    expect(warned()).toEqual([]);
  });
});
