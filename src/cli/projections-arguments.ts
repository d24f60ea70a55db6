import { Argument, InvalidArgumentError } from 'commander';
import { type EventId, eventIdSchema } from '../events/ids.ts';
import { followerNames } from '../service/late-takers.ts';

/** Whoever may have parked an event. */
export function followerArgument(): Argument {
  return new Argument('<name>', 'as `projections list` shows it').choices(followerNames);
}

/** For an argument that takes several. */
export function parseEventId(text: string, before: readonly EventId[] = []): EventId[] {
  const id = eventIdSchema.safeParse(text);
  if (!id.success) throw new InvalidArgumentError(`${text}: an event id is a UUID, as \`list\` shows it`);
  return [...before, id.data];
}
