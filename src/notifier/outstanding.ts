import type { Pool } from 'pg';
import { type MessageId, streamOf } from '../events/ids.ts';
import * as statements from './statements.ts';

/**
 * What this process appended and the tables do not hold yet. Until they do, nothing more is decided: a decision is
 * made by the log alone, and whatever stands in a stream that we wrote to is what counts, though another wrote it.
 */
export interface Outstanding {
  add(version: { readonly messageId: MessageId; readonly version: number }): void;
  /**
   * Whether the tables hold all of it.
   *
   * @param parked streams of plans that could not be taken: they never come, and must not be waited for
   */
  isBack(pool: Pool, parked: ReadonlySet<string>): Promise<boolean>;
}

export function createOutstanding(): Outstanding {
  const open = new Map<string, { readonly messageId: MessageId; readonly version: number }>();
  return {
    add({ messageId, version }) {
      open.set(streamOf.notification(messageId, version), { messageId, version });
    },
    async isBack(pool, parked) {
      for (const stream of parked) open.delete(stream);
      if (open.size === 0) return true;
      const asked = [...open.values()];
      const { rows } = await pool.query<{ count: number }>(statements.countVersions, [
        asked.map(({ messageId }) => messageId),
        asked.map(({ version }) => version),
      ]);
      if (rows[0]?.count !== asked.length) return false;
      open.clear();
      return true;
    },
  };
}
