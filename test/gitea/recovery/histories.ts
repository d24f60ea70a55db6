import fc from 'fast-check';
import { isZeros } from '../../../src/events/ref.ts';
import type { KnownPush } from '../../../src/gitea/recovery/match-entries.ts';
import type { FeedPush } from '../../../src/gitea/recovery/read-entry.ts';

/** What happened to a ref, and what became of its webhook and of its entry in the feed. */
export interface Step {
  readonly ref: string;
  readonly act: 'push' | 'back' | 'delete';
  /** Seconds since the one before. */
  readonly pause: number;
  readonly delivered: boolean;
  /** Seconds that the webhook took. */
  readonly delay: number;
  readonly inFeed: boolean;
}

export interface Happened {
  readonly id: number;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly at: Date;
  readonly step: Step;
}

export const zeros = '0'.repeat(40);
const refs = ['refs/heads/main', 'refs/heads/topic', 'refs/tags/v1'];

export const steps = fc.array(
  fc.record({
    ref: fc.constantFrom(...refs),
    act: fc.constantFrom('push', 'push', 'push', 'back', 'delete'),
    pause: fc.integer({ min: 1, max: 300 }),
    delivered: fc.boolean(),
    delay: fc.integer({ min: 0, max: 20 }),
    inFeed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Plays the steps on a repository that begins with `main` alone; steps that make no sense there are left out. */
export function play(all: readonly Step[], from: Date, start: ReadonlyMap<string, string>) {
  const heads = new Map(start);
  const visited = new Map<string, string[]>([...start].map(([ref, head]) => [ref, [head]]));
  const happened: Happened[] = [];
  let at = from.getTime();
  let id = 0;
  for (const step of all) {
    const before = heads.get(step.ref) ?? zeros;
    at += step.pause * 1_000;
    const after = afterOf(step, before, visited.get(step.ref) ?? [], ++id);
    if (after === before || (after === zeros && before === zeros)) continue;
    if (after === zeros) heads.delete(step.ref);
    else heads.set(step.ref, after);
    visited.set(step.ref, [...(visited.get(step.ref) ?? []), after]);
    happened.push({ id, ref: step.ref, before, after, at: new Date(at), step });
  }
  return { heads, happened, end: new Date(at) };
}

function afterOf({ act }: Step, before: string, visited: readonly string[], id: number): string {
  if (act === 'delete') return zeros;
  const known = visited.filter((sha) => sha !== zeros && sha !== before);
  if (act === 'back' && before !== zeros) return known.at(-1) ?? before;
  return id.toString(16).padStart(40, 'c');
}

/** The webhook as it is recorded: tags start from nothing, and deleted branches do not say where they were. */
export function heard({ ref, before, after, at, step }: Happened): KnownPush {
  const isTag = ref.startsWith('refs/tags/');
  const told = isZeros(after) && !isTag ? null : isTag && !isZeros(after) ? zeros : before;
  return {
    ref,
    before: told,
    after,
    pushedAt: null,
    heardAt: new Date(at.getTime() + step.delay * 1_000),
    collapsed: false,
  };
}

/** A new branch is shown with what it grew from. */
export function entryOf({ id, ref, before, after, at }: Happened): FeedPush {
  const grewFrom = 'd'.repeat(40);
  return {
    entryId: id,
    ref,
    before: isZeros(after) ? null : isZeros(before) ? grewFrom : before,
    after,
    at,
    actor: null,
    commits: [],
    head: null,
    total: 1,
  };
}
