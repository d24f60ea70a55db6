import pg from 'pg';
import { type Measured, measureIn } from '../measured.ts';
import { seedEmmett } from './seed-emmett.ts';
import { expectSameRows } from './tables.ts';

/** Emmett's rate hardly depends on it, but for reading: without an index by position, its reads scan the whole log. */
const mostPushes = 20_000;

/**
 * The first pushes of our log rebuilt by Emmett, beside the live tables that hold the same. `emmett` is as its guide
 * has it; `emmett-batches` is its consumer with a processor that takes whole batches.
 */
export async function measureEmmett(databaseUrl: string, size: number): Promise<[Measured, Measured]> {
  const pushes = Math.min(size, mostPushes);
  const emmettUrl = withoutWaiting(databaseUrl);
  await seedEmmett(databaseUrl, emmettUrl, pushes);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const rebuildAs = async (what: string) => {
    const script = new URL('rebuild-process.ts', import.meta.url);
    const measured = await measureIn(script, [emmettUrl, String(pushes), what]);
    // An error in a projection ends Emmett's consumer without a word: the rows tell.
    await expectSameRows(client, pushes);
    return measured;
  };
  try {
    return [await rebuildAs('emmett'), await rebuildAs('emmett-batches')];
  } finally {
    await client.end();
  }
}

/** As our own rebuild has its connections: no commit waits for the disk. */
function withoutWaiting(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', '-c synchronous_commit=off');
  return url.href;
}
