import type { AuditKey } from '../../../src/audit/audit-key.ts';
import { createPageChecker } from '../../../src/audit/page-checker.ts';
import { verifyingSecrets } from '../../../src/audit/prove-body.ts';
import type { AuditReport } from '../../../src/audit/report.ts';
import { verifyLog } from '../../../src/audit/verify-log.ts';
import { deriveEssentials } from '../../../src/cli/audit-facts.ts';
import type { MovableEventStore } from '../../../src/event-store/event-store.ts';
import { type PushId, streamOf } from '../../../src/events/ids.ts';
import { type Body, bytesOf, fixture, post, testSecret } from '../../support/delivery.ts';
import { type RunningService, startTestService } from '../../support/running-service.ts';
import { auditKey, testAuditKey } from './keys.ts';
import { sealAll } from './sealing.ts';

export interface VerifyOptions {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly keys?: readonly AuditKey[];
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
  readonly store?: MovableEventStore;
}

/** A service whose log is to be audited, and somebody with full access to its database. */
export interface AuditedService extends RunningService {
  /** Pushes to a branch, from one commit to the next, and gives the streams of the pushes. */
  push(...commits: readonly (string | PushOptions)[]): Promise<string[]>;
  seal(): Promise<void>;
  readonly databaseUrl: string;
  verify(options?: VerifyOptions): Promise<AuditReport>;
  /** Changes what must not be changed. */
  tamper(statement: string, values?: unknown[]): Promise<void>;
}

export interface PushOptions {
  readonly before?: string;
  readonly after: string;
  readonly ref?: string;
  readonly secret?: string;
  readonly change?: (body: Body) => Body;
}

export const zeros = '0'.repeat(40);

/** A commit id that is easy to tell apart. */
export function sha(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(40, '0').slice(0, 40);
}

export async function startAuditedService(): Promise<AuditedService> {
  let databaseUrl = '';
  const service = await startTestService({
    env: { AUDIT_KEY: testAuditKey },
    via: async (url) => {
      databaseUrl = url;
      return { url };
    },
  });
  let head = zeros;

  async function pushOne(options: PushOptions): Promise<string> {
    const { after, before = head, ref = 'refs/heads/main', change = (body) => body } = options;
    const body = change({ ...fixture('push-force-rewrite'), before, after, ref } as Body);
    const answer = await post(service.url, {
      body: bytesOf(body),
      ...(options.secret !== undefined && { secret: options.secret }),
    });
    if (answer.status !== 200) throw new Error(`the push was refused: ${JSON.stringify(answer.body)}`);
    head = after;
    return streamOf.push((answer.body.pushId ?? '') as PushId);
  }

  return {
    ...service,
    databaseUrl,
    async push(...commits) {
      const streams: string[] = [];
      for (const commit of commits) {
        streams.push(await pushOne(typeof commit === 'string' ? { after: sha(commit) } : commit));
      }
      await service.settled();
      return streams;
    },
    async seal() {
      await service.settled();
      await sealAll(service.ledger.store);
      await service.settled();
    },
    async verify(options = {}) {
      const { secrets = { default: testSecret }, keys = [auditKey()], pageSize } = options;
      const named = Object.entries(secrets).map(([name, value]) => ({ name, value }));
      const { store = service.ledger.store } = options;
      return verifyLog({
        store,
        pool: service.ledger.pool,
        keys,
        checker: createPageChecker(store, { secrets: verifyingSecrets(named), derive: deriveEssentials }),
        signal: options.signal ?? new AbortController().signal,
        ...(pageSize !== undefined && { pageSize }),
      });
    },
    async tamper(statement, values = []) {
      await service.rows('alter table pushledger.events disable trigger events_are_immutable');
      await service.rows(statement, values);
      await service.rows('alter table pushledger.events enable trigger events_are_immutable');
    },
  };
}
