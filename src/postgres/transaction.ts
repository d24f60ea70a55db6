import type { Pool, PoolClient } from 'pg';

/** Runs `work` in one transaction: commits what it returns, rolls back when it throws. */
export async function inTransaction<T>(
  pool: Pool,
  work: (transaction: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  // The pool listens to idle connections only. Without a listener of ours, one that is lost between two statements
  // would end the process; the next statement tells of the loss anyway.
  const onLost = () => {
    broken = true;
  };
  client.on('error', onLost);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is of no more use; the server rolls back when it goes.
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
    // After the release, when the pool listens again.
    client.off('error', onLost);
  }
}
