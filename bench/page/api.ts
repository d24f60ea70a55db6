const requests = 60;

/** Milliseconds of `GET /api/pushes`, the whole answer read. */
export interface FilterTimes {
  readonly p50: number;
  readonly p95: number;
}

/** By filter, a query that differs from request to request, for the data of `seedPushes`. */
const queries: Readonly<Record<string, (round: number) => Record<string, string>>> = {
  none: () => ({}),
  repo: (round) => ({ repo: `acme/repo-${round}` }),
  branch: (round) => ({ branch: `b${round % 40}` }),
  pusher: (round) => ({ pusher: `user-${round % 50}` }),
  author: (round) => ({ author: `user-${round % 50}` }),
  // The md5 of a number that was seeded begins with these.
  commit: (round) => ({ commit: ['c4ca423', 'c81e728', 'eccbc87', 'a87ff67', 'e4da3b7'][round % 5] ?? '' }),
  'a frequent word': (round) => ({ q: ['parser', 'printer', 'docs'][round % 3] ?? '' }),
  'rare words': (round) => ({ q: `part ${4_999 - round} docs` }),
  'status ignored': () => ({ status: 'ignored' }),
  'since and until': (round) => ({ since: daysAgo(200 - round), until: daysAgo(199 - round) }),
  'repo and pusher': (round) => ({ repo: `acme/repo-${round}`, pusher: `user-${round % 50}` }),
  'branch and pusher': (round) => ({ branch: `b${round % 40}`, pusher: `user-${(round * 7) % 50}` }),
};

/** Every filter in turn in each round, so that a busy second does not fall on one of them. */
export async function measureFilters(address: string): Promise<Record<string, FilterTimes>> {
  const times = new Map(Object.keys(queries).map((name) => [name, [] as number[]]));
  for (let round = 0; round < requests; round++) {
    for (const [name, query] of Object.entries(queries)) {
      const started = performance.now();
      const response = await fetch(`${address}/api/pushes?${new URLSearchParams(query(round))}`);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${name}: status ${response.status}`);
      times.get(name)?.push(performance.now() - started);
    }
  }
  return Object.fromEntries([...times].map(([name, values]) => [name, quantiles(values)]));
}

export function quantiles(values: readonly number[]): FilterTimes {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
