import { expect, it } from 'vitest';
import { Secret, type WebhookSecret } from '../../src/config/secret.ts';
import { fixedSecrets, readSecrets } from '../../src/config/secret-source.ts';

const first: WebhookSecret = { name: 'generated', secret: new Secret('one') };
const second: WebhookSecret = { name: 'generated-2', secret: new Secret('two') };

function setup() {
  let now = 0;
  let reads = 0;
  let found: readonly WebhookSecret[] | Error = [first];
  const read = () => {
    reads++;
    if (found instanceof Error) throw found;
    return found;
  };
  const clock = { now: () => new Date(now), sleep: async () => undefined };
  const source = readSecrets(read, clock);
  return {
    source,
    pass: (ms: number) => {
      now += ms;
    },
    put: (secrets: readonly WebhookSecret[] | Error) => {
      found = secrets;
    },
    reads: () => reads,
  };
}

it('a secret that was there a second before a delivery is found by its signature', () => {
  const { source, pass, put } = setup();
  pass(5_000);
  put([first, second]);
  pass(1_000);
  expect(source.current()).toEqual([first]);
  expect(source.renew()).toBe(true);
  expect(source.current()).toEqual([first, second]);
});

it('wrong signatures make it look once a second at most, whatever their number', () => {
  const { source, pass, reads } = setup();
  pass(1_000);
  for (let n = 0; n < 1_000; n++) expect(source.renew()).toBe(false);
  expect(reads()).toBe(2);
  pass(999);
  source.renew();
  expect(reads()).toBe(2);
  pass(1);
  source.renew();
  expect(reads()).toBe(3);
});

it('a retired secret is dropped within a minute, without any wrong signature', () => {
  const { source, pass, put, reads } = setup();
  put([second]);
  pass(59_999);
  expect(source.current()).toEqual([first]);
  expect(reads()).toBe(1);
  pass(1);
  expect(source.current()).toEqual([second]);
});

it('the last secrets hold while none can be read', () => {
  const { source, pass, put } = setup();
  put(new Error('EACCES'));
  pass(60_000);
  expect(source.current()).toEqual([first]);
  put([]);
  pass(60_000);
  expect(source.current()).toEqual([first]);
  expect(source.renew()).toBe(false);
});

it('configured secrets stay what they are', () => {
  const source = fixedSecrets([first]);
  expect(source.renew()).toBe(false);
  expect(source.current()).toEqual([first]);
});
