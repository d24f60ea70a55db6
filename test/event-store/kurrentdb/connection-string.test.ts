import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConnectionString } from '../../../src/event-store/kurrentdb/connection-string.ts';
import { CodedError, messageOf } from '../../../src/runtime/errors.ts';
import { certificateAuthorityFile } from '../../support/kurrentdb/node.ts';

function refusalOf(text: string): string {
  try {
    parseConnectionString(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return messageOf(error);
  }
  throw new Error(`${text} was taken`);
}

describe('a connection string', () => {
  it('names one insecure node', () => {
    expect(parseConnectionString('esdb://localhost?tls=false')).toMatchObject({
      hosts: [{ address: 'localhost', port: 2113 }],
      discover: false,
      credentials: null,
      tls: false,
    });
  });

  it('names several nodes with a user, whose password may hold anything that is escaped', () => {
    expect(parseConnectionString('esdb://ad%40min:p%3Aw%40%2F@n1:2113,n2:2114,n3/?tls=true')).toMatchObject({
      hosts: [
        { address: 'n1', port: 2113 },
        { address: 'n2', port: 2114 },
        { address: 'n3', port: 2113 },
      ],
      discover: true,
      credentials: { username: 'ad@min', password: 'p:w@/' },
      tls: true,
    });
  });

  it('asks the cluster with esdb+discover://', () => {
    expect(parseConnectionString('esdb+discover://n1?tls=false').discover).toBe(true);
  });

  it('reads the authority that signed the certificates', () => {
    const path = fileURLToPath(certificateAuthorityFile);
    const { certificateAuthority } = parseConnectionString(
      `esdb://a:b@n1?tlsCAFile=${encodeURIComponent(path)}`,
    );
    expect(certificateAuthority?.toString()).toContain('BEGIN CERTIFICATE');
  });

  it.each([
    ['kurrentdb://localhost?tls=false', 'write esdb:// instead'],
    ['kurrentdb+discover://localhost?tls=false', 'write esdb+discover:// instead'],
    ['postgres://localhost', 'expected esdb:// or esdb+discover://'],
    ['esdb://a:b@localhost?tlsVerifyCert=false', 'tlsCAFile=PATH'],
    ['esdb://localhost?tls=false&throwOnAppendFailure=false', 'cannot be changed'],
    ['esdb://localhost?tls=false&nodePreference=follower', 'at the leader'],
    ['esdb://localhost?tls=false&colour=red', 'colour is no option'],
    ['esdb://localhost?tls=maybe', 'true or false'],
    ['esdb://localhost', 'user:password@'],
    ['esdb://localhost:99999?tls=false', 'is no host'],
    ['esdb://?tls=false', 'is no host'],
    ['esdb://a:b@n1?tlsCAFile=/nowhere/ca.pem', 'cannot be read'],
    ['esdb://n1?tls=false&tlsCAFile=/nowhere/ca.pem', 'no meaning with tls=false'],
    ['esdb://admin:what?@n1?tls=false', 'as in %3F for ?'],
    ['not a url', 'must look like'],
  ])('is refused as %s, with what to do', (text, hint) => {
    expect(refusalOf(text)).toContain(hint);
  });

  it('is read or refused, and a refusal never tells the password', () => {
    const password = 'hunter2hunter2';
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, behind) => {
        try {
          parseConnectionString(`esdb://${before}user:${password}@${behind}`);
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
          expect(messageOf(error)).not.toContain(password);
        }
      }),
    );
  });
});
