import { describe, expect, test } from 'vitest';
import { demoDeliveries } from '../../src/demo/deliveries.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
const options = { timeout: 60_000 };

describe('--help', () => {
  test.each([
    [[], 'exactly one immutable event'],
    [['serve'], 'take deliveries, project them, send messages'],
    [['demo'], 'send recorded pushes'],
    [['pushes'], 'the pushes that were recorded'],
    [['pushes', 'list'], 'the newest first'],
    [['pushes', 'show'], 'all that is known of a push'],
    [['audit'], 'prove the log'],
    [['audit', 'verify'], 'walk the whole log and prove each push'],
    [['audit', 'export'], 'in log order'],
    [['projections'], 'what is made from the log'],
    [['projections', 'list'], 'how far each has followed the log'],
    [['notifications'], 'messages to the rooms'],
    [['notifications', 'list'], 'the newest first'],
    [['notifications', 'retry'], 'have parked messages sent again'],
    [['config'], 'look at the configuration'],
    [['config', 'print'], 'secrets are masked'],
  ])('of %j says what it does', options, async (command, purpose) => {
    const { status, stdout, stderr } = await machine.run([...command, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: ${['pushledger', ...command].join(' ')}`);
    expect(stdout.replace(/\s+/g, ' ')).toContain(purpose);
  });

  test('names every command', options, async () => {
    const { stdout } = await machine.run(['--help']);
    for (const command of ['serve', 'demo', 'pushes', 'audit', 'projections', 'notifications', 'config']) {
      expect(stdout).toMatch(new RegExp(`^ +${command} `, 'm'));
    }
  });
});

describe('wrong usage', () => {
  test.each([
    ['an unknown command', ['serv'], "unknown command 'serv'", 'Did you mean serve?'],
    ['an unknown option', ['serve', '--role', 'ingest'], "unknown option '--role'", 'Did you mean --roles?'],
    ['an unknown command of a group', ['projections', 'lst'], "unknown command 'lst'", 'Did you mean list?'],
    ['an unknown role', ['serve', '--roles', 'ingest,cook'], 'cook', 'ingest, projections, notifier'],
    [
      'a limit that is no number',
      ['notifications', 'list', '--limit', 'ten'],
      "'ten'",
      'a whole number from 1',
    ],
    ['an unknown state', ['notifications', 'list', '--state', 'lost'], "'lost'", 'planned, sent, parked'],
    ['a message id that is none', ['notifications', 'retry', 'x'], 'a message id is a UUID', '--help'],
    ['an argument too many', ['config', 'print', 'port'], 'too many arguments', '--help'],
  ])('%s ends with status 2 and a hint', options, async (_what, args, problem, hint) => {
    const { status, stdout, stderr } = await machine.run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).toContain(hint);
    expect(stderr).toContain('(add --help for what there is)');
  });

  test('no command ends with status 2 and shows what there is', options, async () => {
    const { status, stderr } = await machine.run([]);
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: pushledger');
  });
});

test('--version prints the version', options, async () => {
  const { status, stdout } = await machine.run(['--version']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('config print shows where each setting came from, and no secret', options, async () => {
  const env = { PORT: '9999', GITEA_WEBHOOK_SECRET: 'a-secret-for-this-test' };
  const { status, stdout } = await machine.run(['config', 'print', '--json'], env);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    port: { value: 9999, source: 'environment' },
    host: { value: '127.0.0.1', source: 'default' },
    'webhookSecrets.default': { value: '[secret]', source: 'environment' },
  });
  expect(stdout).not.toContain('a-secret-for-this-test');
});

test('demo --exit shows what came of every delivery, and leaves nothing running', {
  timeout: 120_000,
}, async () => {
  // Configuration of a real service must not reach the demo.
  const { status, stdout, stderr } = await machine.run(['demo', '--exit'], {
    MATRIX_ROOM: '#real:example.org',
    DATABASE_URL: 'postgres://nobody@localhost:1/none',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n').filter((line) => line.startsWith('ok '))).toHaveLength(demoDeliveries.length);
  expect(stdout).not.toMatch(/^!!/m);
  expect(stdout).toMatch(
    /^ok +push-12-commits-capped-5 +200 duplicate +success +\[widgets\] Ada L pushed 12 commits to main$/m,
  );
  const [, address = ''] = /^Health +(http:\S+)$/m.exec(stdout) ?? [];
  await expect(fetch(address)).rejects.toThrow('fetch failed');
});
