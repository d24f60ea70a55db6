/** What does not work at the moment, by where: a place that works again is well again. */
export interface Problems {
  set(place: string, text: string): void;
  clear(place: string): void;
  /** The newest, or null when all is well. */
  last(): string | null;
}

export function createProblems(): Problems {
  // A Map keeps the order of insertion.
  const open = new Map<string, string>();
  return {
    set(place, text) {
      open.delete(place);
      open.set(place, text);
    },
    clear: (place) => void open.delete(place),
    last: () => [...open.values()].at(-1) ?? null,
  };
}
