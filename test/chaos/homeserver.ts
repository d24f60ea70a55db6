import { join } from 'node:path';
import type { AcceptedEvent, Misbehaviour } from '../support/homeserver.ts';
import { followJournal } from './doubles/journal.ts';
import { type DoubleProcess, startDouble } from './doubles/process.ts';

/** The homeserver as a process with its events on disk, that is started again when it was killed. */
export interface ChaosHomeserver extends Omit<DoubleProcess, 'ask' | 'misbehave'> {
  /** Every event that the room has, as the disk has it; the oldest first. */
  accepted(): readonly AcceptedEvent[];
  misbehave(how: Misbehaviour, forMs: number): Promise<void>;
}

/** @param directory of its data; `logs`: of what it says when it fails */
export async function startChaosHomeserver(
  room: string,
  directory: string,
  logs: string,
): Promise<ChaosHomeserver> {
  const data = join(directory, 'homeserver.jsonl');
  const homeserver = await startDouble({
    name: 'homeserver',
    main: './homeserver-main.ts',
    args: ['--data', data, '--room', room],
    logPath: join(logs, 'homeserver.log'),
  });
  const readOn = followJournal<AcceptedEvent>(data);
  const accepted: AcceptedEvent[] = [];
  return {
    ...homeserver,
    accepted() {
      accepted.push(...readOn());
      return accepted;
    },
  };
}
