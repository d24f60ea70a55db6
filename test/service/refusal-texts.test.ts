import { expect, test } from 'vitest';
import { messageOf } from '../../src/runtime/errors.ts';
import { listenFailure } from '../../src/service/listen-failure.ts';

const at = { host: '127.0.0.1', port: 80 };
const failed = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

test.each([
  ['EADDRINUSE', '127.0.0.1:80 is in use by another program (stop that one, or set PORT)'],
  ['EACCES', '127.0.0.1:80 is not allowed to this user (set PORT to 1024 or above)'],
  ['EADDRNOTAVAIL', '127.0.0.1:80 is no address of this machine (set HOST)'],
  ['ENOTFOUND', '127.0.0.1:80 has no address (set HOST)'],
  ['EMFILE', '127.0.0.1:80 cannot be used: listen EMFILE (check HOST and PORT)'],
])('%s when it listens says what to do', (code, text) => {
  expect(listenFailure(failed(code), at).message).toBe(`the service cannot listen: ${text}`);
});

test('a host name whose addresses all refuse names each of them', () => {
  const refusals = ['connect ECONNREFUSED ::1:5432', 'connect ECONNREFUSED 127.0.0.1:5432'];
  const error = new AggregateError(refusals.map((text) => new Error(text)));
  expect(messageOf(error)).toBe(refusals.join('; '));
});
