import type { Seeded } from '../support/seeded.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const oddNumbers: readonly [number, ...number[]] = [
  0,
  -0,
  -1,
  1,
  0.5,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  -(2 ** 53),
  1e308,
  -1e308,
  5e-324,
];
const oddTexts: readonly [string, ...string[]] = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\udc00x',
  '\u202e',
  '\ufeff',
  '0'.repeat(40),
  'f'.repeat(64),
  'F'.repeat(40),
  'refs/heads/main',
  'refs/heads/',
  'refs/heads/\0',
  `refs/heads/${'a/'.repeat(300)}b`,
  'refs/tags/v1',
  'refs/for/main',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  "'; drop table x; --",
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00Z',
  '2026-02-30T25:61:61Z',
  'javascript:alert(1)',
  'http://[::1',
  'x'.repeat(10_000),
  '🙂'.repeat(500),
  '[skip notify]',
  '@room',
];

/** Any JSON, mostly small. */
export function anyJson(chance: Seeded, depth = 3): Json {
  return chance.weighted<() => Json>([
    [1, () => null],
    [1, () => chance.percent(50)],
    [3, () => chance.pick(oddNumbers)],
    [1, () => chance.integer(-1_000_000, 1_000_000)],
    [5, () => chance.pick(oddTexts)],
    [1, () => chance.bytes(chance.integer(0, 40)).toString('latin1')],
    [1, () => chance.bytes(20).toString('hex')],
    [depth > 0 ? 2 : 0, () => Array.from({ length: chance.integer(0, 4) }, () => anyJson(chance, depth - 1))],
    [
      depth > 0 ? 2 : 0,
      () =>
        Object.fromEntries(
          Array.from({ length: chance.integer(0, 4) }, () => [
            chance.pick(oddTexts),
            anyJson(chance, depth - 1),
          ]),
        ),
    ],
    // Lists without end and caves without ground.
    [depth > 0 ? 0.05 : 0, () => Array.from({ length: 5_000 }, () => chance.pick(oddNumbers))],
    [depth > 0 ? 0.05 : 0, () => deep(chance.integer(100, 3_000))],
  ])();
}

function deep(levels: number): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

interface Spot {
  readonly holder: { [key: string]: Json } | Json[];
  readonly key: string;
}

/** Changes one place of the value, wherever it is: what is there is replaced, removed, doubled, renamed or moved. */
export function mutateJson(root: Json, chance: Seeded): Json {
  const spots = spotsOf(root);
  const [first, ...others] = spots;
  if (!first) return anyJson(chance);
  const { holder, key } = chance.pick([first, ...others]);
  const value = valueAt(holder, key);
  chance.weighted<() => void>([
    [6, () => put(holder, key, anyJson(chance))],
    [3, () => remove(holder, key)],
    [2, () => put(holder, key, similar(value, chance))],
    [1, () => put(holder, key, [value, value])],
    [1, () => put(holder, key, { [chance.pick(oddTexts)]: value })],
    [
      1,
      () => {
        const other = chance.pick([first, ...others]);
        put(holder, key, structuredClone(valueAt(other.holder, other.key)));
      },
    ],
    [1, () => put(holder, chance.pick(oddTexts), anyJson(chance))],
    [1, () => (Array.isArray(value) ? value.push(...structuredClone(value)) : put(holder, key, null))],
  ])();
  return root;
}

/** Of the same type, a little beside. */
function similar(value: Json, chance: Seeded): Json {
  if (typeof value === 'number') return value + chance.pick([1, -1, 0.5, 2 ** 52]);
  if (typeof value === 'string') {
    const at = chance.integer(0, value.length);
    return value.slice(0, at) + chance.pick(oddTexts) + value.slice(at + chance.integer(0, 2));
  }
  if (typeof value === 'boolean') return !value;
  return value === null ? {} : JSON.stringify(value);
}

/** Places that are not too deep for a stack, and not too many to choose from. */
function spotsOf(root: Json): Spot[] {
  const spots: Spot[] = [];
  let level: Json[] = [root];
  for (let depth = 0; depth < 12 && spots.length < 2_000; depth++) {
    const next: Json[] = [];
    for (const holder of level) {
      if (typeof holder !== 'object' || holder === null) continue;
      for (const [key, inner] of Object.entries(holder)) {
        spots.push({ holder, key });
        next.push(inner);
      }
    }
    level = next;
  }
  return spots;
}

function valueAt(holder: Spot['holder'], key: string): Json {
  return (holder as { [key: string]: Json })[key] ?? null;
}

function put(holder: Spot['holder'], key: string, value: Json): void {
  // An own property, also where it is called __proto__.
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(holder: Spot['holder'], key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}
