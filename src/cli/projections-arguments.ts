import { Argument, InvalidArgumentError } from 'commander';
import { type EventId, eventIdSchema } from '../events/ids.ts';
import { allProjections } from '../projections/all.ts';
import type { Projection } from '../projections/projection.ts';
import { CodedError } from '../runtime/errors.ts';

export function projectionArgument(): Argument {
  return new Argument('<projection>', 'its name').choices(allProjections.map(({ name }) => name));
}

/** For an argument that takes several. */
export function parseEventId(text: string, before: readonly EventId[] = []): EventId[] {
  const id = eventIdSchema.safeParse(text);
  if (!id.success) throw new InvalidArgumentError(`${text}: an event id is a UUID, as \`list\` shows it`);
  return [...before, id.data];
}

export function projectionNamed(name: string): Projection {
  const projection = allProjections.find((known) => known.name === name);
  if (!projection) throw new CodedError('USAGE', `there is no projection ${name}`);
  return projection;
}
