import { constants, existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { CodedError } from '../../runtime/errors.ts';
import type { TargetSide } from '../side.ts';
import { replaceFile, syncDirectoryOf } from './durable.ts';
import { endLine, eventLine, headerLine } from './format.ts';
import { readBegunLog } from './read-log.ts';

const compress = promisify(gzip);
/** Text of one member. Each is compressed by itself, so that what is behind the last whole one can be cut off. */
const memberBytes = 1024 * 1024;
const progressSchema = z.object({ bytes: z.number().int().nonnegative() });

/**
 * A new file, written as `PATH.partial` and renamed when it is complete. `PATH.progress` says how much of it is on
 * disk: after a kill what lies behind is cut off, and the copy goes on from there.
 *
 * @throws CodedError COPY_REFUSED when PATH is there already
 */
export async function openFileTarget(path: string): Promise<TargetSide> {
  const partial = `${path}.partial`;
  const progress = `${path}.progress`;
  if (existsSync(path)) {
    throw new CodedError(
      'COPY_REFUSED',
      `${path} exists, and a finished copy is never changed; name another`,
    );
  }
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const file = await open(partial, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  await file.chmod(0o600);
  const { size } = await file.stat();
  const known = await readProgress(progress);
  let written = known !== null && known <= size ? known : 0;
  await file.truncate(written);
  let waiting: string[] = [];
  let waitingBytes = 0;

  async function writeMember(): Promise<void> {
    if (waiting.length === 0) return;
    const member = await compress(waiting.join(''));
    await file.write(member, 0, member.length, written);
    await file.datasync();
    written += member.length;
    waiting = [];
    waitingBytes = 0;
    await replaceFile(progress, JSON.stringify({ bytes: written }));
  }

  async function add(line: string): Promise<void> {
    waiting.push(line);
    waitingBytes += line.length;
    if (waitingBytes >= memberBytes) await writeMember();
  }

  if (written === 0) await add(headerLine());
  return {
    name: `file:${partial}`,
    read: (signal) => readBegunLog(partial, written, signal),
    async append(events) {
      for (const event of events) await add(eventLine(event));
    },
    flush: writeMember,
    async complete(summary) {
      await add(endLine(summary));
      await writeMember();
      await file.sync();
      await rename(partial, path);
      await syncDirectoryOf(path);
      await rm(progress, { force: true });
    },
    async close() {
      await file.close();
      // Nothing was found to be copied.
      if (written === 0) await rm(partial, { force: true });
    },
  };
}

/** Null when nothing, or nothing that can be read, tells of progress. */
async function readProgress(path: string): Promise<number | null> {
  try {
    const known = progressSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return known.success ? known.data.bytes : null;
  } catch {
    return null;
  }
}
