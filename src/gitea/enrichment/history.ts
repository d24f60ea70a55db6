/** Commits with their parents, as far as they are known. */
export type History = ReadonlyMap<string, readonly string[]>;

/** All that is known of a commit's history, itself included; `open` tells that some of it is not known. */
export function reachableFrom(
  start: string,
  history: History,
  without: ReadonlySet<string> = new Set(),
): { readonly ids: ReadonlySet<string>; readonly open: boolean } {
  const ids = new Set<string>();
  let open = false;
  const waiting = [start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (ids.has(id) || without.has(id)) continue;
    const parents = history.get(id);
    if (!parents) {
      open = true;
      continue;
    }
    ids.add(id);
    waiting.push(...parents);
  }
  return { ids, open };
}

/** What a push from `before` to `after` did, as far as a part of the history of `after` can tell. */
export type Reading =
  | { readonly forced: false; readonly added: ReadonlySet<string> }
  | { readonly forced: true }
  /** More of the history is needed. */
  | null;

export function readHistory(history: History, { before, after }: { before: string; after: string }): Reading {
  const behind = reachableFrom(after, history);
  if (!behind.ids.has(before)) return behind.open ? null : { forced: true };
  const added = reachableFrom(after, history, reachableFrom(before, history).ids);
  return added.open ? null : { forced: false, added: added.ids };
}
