import type { PushReceived } from '../events/push-received.ts';
import { matchesGlobs } from '../runtime/glob.ts';
import { refName } from './links.ts';

/** Which pushes go to which rooms. A list that is empty asks for nothing. */
export interface RouteRule {
  /** Patterns of `owner/name`, in any case, as Gitea's own names. */
  readonly repository: readonly string[];
  /** Patterns of short names. With patterns of both, either may match; with one of them, no other ref does. */
  readonly branch: readonly string[];
  readonly tag: readonly string[];
  readonly kind: readonly PushReceived['kind'][];
  /** Room ids or aliases. */
  readonly rooms: readonly string[];
  /** What matches goes to no further room. */
  readonly mute: boolean;
}

/** The rooms that a push is announced in, none twice; none at all: it is muted. */
export type Router = (push: PushReceived) => readonly string[];

/**
 * Rules are looked at in their order. Each that matches adds its rooms; the first mute that matches ends it.
 *
 * @param defaultRoom where pushes go that no rule matches; null: nowhere
 */
export function createRouter(rules: readonly RouteRule[], defaultRoom: string | null): Router {
  const routes = rules.map((rule) => ({ ...rule, matches: matcher(rule) }));
  const byDefault = defaultRoom === null ? [] : [defaultRoom];
  return (push) => {
    const matching = routes.filter((route) => route.matches(push));
    if (matching.length === 0) return byDefault;
    const mute = matching.findIndex((route) => route.mute);
    const heard = mute < 0 ? matching : matching.slice(0, mute);
    return [...new Set(heard.flatMap((route) => route.rooms))];
  };
}

function matcher(rule: RouteRule): (push: PushReceived) => boolean {
  const repository = matchesGlobs(rule.repository, { ignoreCase: true });
  const branch = matchesGlobs(rule.branch, { ignoreCase: false });
  const tag = matchesGlobs(rule.tag, { ignoreCase: false });
  const anyRef = rule.branch.length === 0 && rule.tag.length === 0;
  const ref = (push: PushReceived) => {
    if (anyRef) return true;
    if (push.refKind === 'other') return false;
    return push.refKind === 'branch' ? branch(refName(push)) : tag(refName(push));
  };
  return (push) =>
    (rule.repository.length === 0 || repository(push.repository.fullName)) &&
    (rule.kind.length === 0 || rule.kind.includes(push.kind)) &&
    ref(push);
}
