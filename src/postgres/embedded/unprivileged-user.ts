import { messageOf } from '../../runtime/errors.ts';
import { failure } from './failure.ts';
import type { Identity } from './identity.ts';
import { run } from './run.ts';

const name = 'postgres';

/**
 * PostgreSQL refuses to run as root: the user `postgres`, made when there is none.
 *
 * @throws CodedError when it can be neither found nor made
 */
export async function unprivilegedUser(): Promise<Identity> {
  const found = await lookUp();
  if (found) return found;
  const problem = await create();
  // Looked up again whatever came of it: another process may have made it meanwhile.
  const made = await lookUp();
  if (made) return made;
  throw failure(
    `PostgreSQL does not run as root and the user "${name}" could not be made (${problem}). ` +
      `Create it (useradd --system ${name}), run pushledger as an ordinary user, or set DATABASE_URL`,
  );
}

async function lookUp(): Promise<Identity | undefined> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  if (!uid.succeeded || !gid.succeeded) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

async function create(): Promise<string> {
  try {
    const group = await run('groupadd', ['--system', '--force', name]);
    if (!group.succeeded) return group.output;
    const options = ['--system', '--no-create-home', '--gid', name, '--shell', '/usr/sbin/nologin'];
    return (await run('useradd', [...options, name])).output;
  } catch (error) {
    return messageOf(error);
  }
}
