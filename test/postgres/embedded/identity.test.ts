import { describe, expect, test } from 'vitest';
import { mayExecute } from '../../../src/postgres/embedded/identity.ts';

describe('whether a user may enter a directory', () => {
  const user = { uid: 101, gid: 104 };

  test.each([
    ['its own directory needs the owner bit', { uid: 101, gid: 0, mode: 0o40100 }, true],
    [
      'its own directory without the owner bit stays shut, whatever the others may',
      { uid: 101, gid: 104, mode: 0o40677 },
      false,
    ],
    ['a directory of its group needs the group bit', { uid: 0, gid: 104, mode: 0o40710 }, true],
    ['a directory of its group without the group bit stays shut', { uid: 0, gid: 104, mode: 0o40701 }, false],
    ['any other directory needs the bit for all', { uid: 0, gid: 0, mode: 0o40711 }, true],
    ["root's private directory stays shut", { uid: 0, gid: 0, mode: 0o40700 }, false],
  ])('%s', (_, directory, allowed) => {
    expect(mayExecute(directory, user)).toBe(allowed);
  });
});
