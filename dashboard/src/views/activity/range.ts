/** How many days one can look back. */
export const ranges = [7, 30, 90, 365] as const;
export type Range = (typeof ranges)[number];

/** The range that an address names, else a month. */
export function rangeOf(search: string): Range {
  const days = Number(new URLSearchParams(search).get('days'));
  return ranges.find((range) => range === days) ?? 30;
}

/** The first moment of the first of so many days, in the reader's zone; today is the last of them. */
export function startOfRange(now: Date, days: Range): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1);
}
