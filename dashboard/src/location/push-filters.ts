/** What the list of pushes is narrowed to, as it stands in the address; each is undefined where it is not. */
export const filterNames = [
  'q',
  'repo',
  'branch',
  'pusher',
  'author',
  'commit',
  'status',
  'since',
  'until',
] as const;
export type FilterName = (typeof filterNames)[number];
export type PushFilters = Readonly<Partial<Record<FilterName, string>>>;

const day = /^\d{4}-\d{2}-\d{2}$/;

/** Parameters that are none of ours, empty ones and days that are no days are left out. */
export function readFilters(search: string): PushFilters {
  const parameters = new URLSearchParams(search);
  const found = filterNames.flatMap((name) => {
    const value = parameters.get(name)?.trim();
    if (!value || !isPossible(name, value)) return [];
    return [[name, value] as const];
  });
  return Object.fromEntries(found);
}

function isPossible(name: FilterName, value: string): boolean {
  if (name === 'since' || name === 'until') return day.test(value) && !Number.isNaN(Date.parse(value));
  if (name === 'status') return value === 'success' || value === 'ignored';
  return true;
}

/** As the API takes them. Days are the reader's own, and the last one is meant with all of it. */
export function apiParameters(filters: PushFilters): Record<string, string> {
  const { since, until, ...rest } = filters;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value)),
    ...(since && { since: startOfDay(since, 0) }),
    ...(until && { until: startOfDay(until, 1) }),
  };
}

/** The first moment of a day in the reader's zone, so many days later. */
function startOfDay(text: string, later: number): string {
  const [year = 0, month = 1, date = 1] = text.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

export function isFiltered(filters: PushFilters): boolean {
  return Object.values(filters).some(Boolean);
}
