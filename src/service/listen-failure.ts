import { CodedError, messageOf } from '../runtime/errors.ts';

/** What the system says, by its code, as what the operator can do about it. */
const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program (stop that one, or set PORT)',
  EACCES: 'is not allowed to this user (set PORT to 1024 or above)',
  EADDRNOTAVAIL: 'is no address of this machine (set HOST)',
  ENOTFOUND: 'has no address (set HOST)',
};

/** Why the service could not listen, from what `listen` threw. */
export function listenFailure(cause: unknown, { host, port }: { host: string; port: number }): CodedError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const remedy = remedies[code] ?? `cannot be used: ${messageOf(cause)} (check HOST and PORT)`;
  return new CodedError('LISTEN_FAILED', `${host}:${port} ${remedy}`, { cause });
}
