import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageChecker } from '../../src/audit/page-checker.ts';
import { createThreadedChecker } from '../../src/audit/threaded-checker.ts';
import { verifyLog } from '../../src/audit/verify-log.ts';
import { rejection } from '../support/condition.ts';
import { testSecret } from '../support/delivery.ts';
import { type AuditedService, startAuditedService } from './support/audited-service.ts';
import { auditKey } from './support/keys.ts';

const entry = new URL('../../src/cli/audit-thread.ts', import.meta.url);

describe('the audit in threads', () => {
  let service: AuditedService;
  let checker: PageChecker;
  beforeEach(async () => {
    service = await startAuditedService();
  });
  afterEach(async () => {
    await checker.close();
    await service.stop();
  });

  function start(databaseUrl: string): PageChecker {
    const secrets = [{ name: 'default', value: testSecret }];
    checker = createThreadedChecker({
      entry,
      workerData: { databaseUrl, eventStoreUrl: null, secrets },
      threads: 2,
    });
    return checker;
  }

  const verify = () =>
    verifyLog({
      ...service.ledger,
      keys: [auditKey()],
      checker,
      signal: new AbortController().signal,
      pageSize: 2,
    });

  it('says the same as in one thread', async () => {
    await service.push('a', 'b', 'c', 'd', 'e');
    await service.seal();
    const [, stream] = await service.push('f', 'g');
    start(service.databaseUrl);
    expect(await verify()).toEqual(await service.verify());
    await service.tamper('update pushledger.events set body = null where stream = $1', [stream]);
    const report = await verify();
    expect(report).toMatchObject({ status: 'broken', pushes: { proven: 6, broken: 1 } });
    expect(report).toEqual(await service.verify());
  });

  it('ends with what a thread could not do', async () => {
    await service.push('a');
    start(service.databaseUrl.replace(/\/[^/]*$/, '/no_such_database'));
    expect(String(await rejection(verify()))).toContain('no_such_database');
  });

  it('ends when its threads are ended', async () => {
    await service.push('a');
    start(service.databaseUrl);
    await checker.close();
    expect(String(await rejection(verify()))).toContain('thread ended');
  });
});
