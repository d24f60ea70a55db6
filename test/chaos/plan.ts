import { type Seeded, seeded } from '../support/seeded.ts';

/** What a stretch of a campaign runs on. Everything is made anew for each. */
export interface Topology {
  readonly name: string;
  /** `own`: a server of the harness, behind a proxy. `embedded`: the service's own. */
  readonly postgres: 'own' | 'embedded';
  readonly store: 'postgres' | 'kurrentdb';
  readonly instances: 1 | 2;
  /** False: the service lives through the whole stretch, so that a leak adds up. */
  readonly mayDie: boolean;
}

const topologies: readonly [Topology, ...Topology[]] = [
  { name: 'two instances on PostgreSQL', postgres: 'own', store: 'postgres', instances: 2, mayDie: true },
  { name: 'two instances on KurrentDB', postgres: 'own', store: 'kurrentdb', instances: 2, mayDie: true },
  { name: 'one instance that lives', postgres: 'own', store: 'postgres', instances: 1, mayDie: false },
  { name: 'embedded PostgreSQL', postgres: 'embedded', store: 'postgres', instances: 1, mayDie: true },
];

/** So many cycles share a topology and its log: what a campaign keeps does not grow with its length. */
export const cyclesPerStretch = 8;

export function topologyOf(cycle: number): Topology {
  return topologies[Math.floor(cycle / cyclesPerStretch) % topologies.length] ?? topologies[0];
}

/** One thing that goes wrong: `atMs` after the beginning of the cycle, for `forMs`. */
export type Fault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'kill' | 'terminate' | 'freeze' | 'disk full'; readonly instance: number }
  | { readonly kind: 'clock jump'; readonly instance: number; readonly seconds: number }
  | { readonly kind: 'leaders lose their connections' }
  | { readonly kind: 'postgres'; readonly how: 'kill' | 'kill a backend' | 'freeze' | 'restart' }
  | {
      readonly kind: 'kurrentdb';
      readonly how: 'kill' | 'freeze' | 'slow' | 'stall-after-append' | 'unavailable';
    }
  | {
      readonly kind: 'network';
      readonly link: Link;
      readonly how: 'cut' | 'refuse' | 'half-open' | 'slow' | 'lose answers';
    }
  | {
      readonly kind: 'homeserver';
      readonly how:
        | 'kill'
        | 'freeze'
        | 'hang'
        | 'hang-after'
        | 'cut-before'
        | 'cut-after'
        | 'rate-limited'
        | 'server error'
        | 'rubbish';
    }
  | {
      readonly kind: 'gitea';
      readonly how: 'kill' | 'freeze' | 'hanging' | 'cut' | 'server-error' | 'html' | 'too-many';
    }
  | { readonly kind: 'replay storm'; readonly deliveries: number }
);

/** The connections between the parts, each through a proxy of its own. */
export type Link = 'deliveries' | 'database' | 'event store' | 'homeserver' | 'gitea' | 'dag_engine';

export interface CyclePlan {
  readonly cycle: number;
  readonly topology: Topology;
  readonly pushesPerSecond: number;
  readonly forMs: number;
  readonly faults: readonly Fault[];
}

/** What happens in a cycle: it follows from the seed and the cycle's number alone. */
export function planCycle(seed: number, cycle: number): CyclePlan {
  const chance = seeded(`${seed}/plan/${cycle}`);
  const topology = topologyOf(cycle);
  const forMs = chance.integer(2_000, 3_500);
  const count = chance.weighted([
    [5, 1],
    [4, 2],
    [2, 3],
  ]);
  return {
    cycle,
    topology,
    forMs,
    pushesPerSecond: chance.integer(5, 30),
    faults: Array.from({ length: count }, () => faultOf(chance, topology, forMs)).sort(
      (one, other) => one.atMs - other.atMs,
    ),
  };
}

function faultOf(chance: Seeded, topology: Topology, cycleMs: number): Fault {
  const when = { atMs: chance.integer(0, cycleMs - 500), forMs: chance.integer(50, 2_500) };
  const instance = chance.integer(0, topology.instances - 1);
  const kurrentdb = topology.store === 'kurrentdb';
  const links: [Link, ...Link[]] = ['deliveries', 'homeserver', 'gitea', 'dag_engine'];
  if (topology.postgres === 'own') links.push('database', 'database');
  if (kurrentdb) links.push('event store', 'event store');
  return chance.weighted<() => Fault>([
    [topology.mayDie ? 5 : 0, () => ({ ...when, kind: 'kill', instance })],
    [topology.mayDie ? 3 : 0, () => ({ ...when, kind: 'terminate', instance })],
    [3, () => ({ ...when, kind: 'freeze', instance })],
    [2, () => ({ ...when, kind: 'disk full', instance })],
    [2, () => ({ ...when, kind: 'clock jump', instance, seconds: chance.integer(-1_200, 1_200) })],
    [2, () => ({ ...when, kind: 'leaders lose their connections' })],
    [
      4,
      () => ({
        ...when,
        kind: 'postgres',
        how: chance.pick(['kill', 'kill a backend', 'freeze', 'restart']),
      }),
    ],
    [
      kurrentdb ? 5 : 0,
      () => ({
        ...when,
        kind: 'kurrentdb',
        how: chance.pick(['kill', 'freeze', 'slow', 'stall-after-append', 'unavailable']),
      }),
    ],
    [
      8,
      () => ({
        ...when,
        kind: 'network',
        link: chance.pick(links),
        how: chance.pick(['cut', 'refuse', 'half-open', 'slow', 'lose answers']),
      }),
    ],
    [
      4,
      () => ({
        ...when,
        kind: 'homeserver',
        how: chance.pick([
          'hang',
          'hang-after',
          'cut-before',
          'cut-after',
          'rate-limited',
          'server error',
          'rubbish',
        ]),
      }),
    ],
    [
      2,
      () => ({
        ...when,
        kind: 'gitea',
        how: chance.pick(['hanging', 'cut', 'server-error', 'html', 'too-many']),
      }),
    ],
    [4, () => ({ ...when, kind: 'homeserver', how: chance.pick(['kill', 'freeze']) })],
    [4, () => ({ ...when, kind: 'gitea', how: chance.pick(['kill', 'freeze']) })],
    [2, () => ({ ...when, kind: 'replay storm', deliveries: chance.integer(50, 300) })],
  ])();
}

export function describeFault(fault: Fault): string {
  const { atMs, forMs, kind, ...rest } = fault;
  const what = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return [`at ${atMs} ms for ${forMs} ms: ${kind}`, ...what].join(', ');
}

export function describePlan({ cycle, topology, pushesPerSecond, forMs, faults }: CyclePlan): string {
  const head = `cycle ${cycle} (${topology.name}): ${pushesPerSecond} pushes/s for ${forMs} ms`;
  return [head, ...faults.map((fault) => `  ${describeFault(fault)}`)].join('\n');
}
