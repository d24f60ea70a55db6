import { createHash, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamOf } from '../../src/events/ids.ts';
import type { PushReceived } from '../../src/events/push-received.ts';
import { bytesOf, fixture } from '../support/delivery.ts';
import { pushOf } from '../support/event-drafts.ts';
import { type AuditedService, sha, startAuditedService, zeros } from './support/audited-service.ts';
import { brokenStreams, insertAt, textsOf } from './support/forging.ts';

describe('audit verify finds', () => {
  let service: AuditedService;
  beforeEach(async () => {
    service = await startAuditedService();
  });
  afterEach(() => service.stop());

  it('one flipped bit in a stored body', async () => {
    const [, stream] = await service.push('a', 'b');
    await service.tamper(
      'update pushledger.events set body = set_byte(body, 200, get_byte(body, 200) # 1) where stream = $1',
      [stream],
    );
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', pushes: { proven: 1, broken: 1 } });
    expect(brokenStreams(report)).toEqual([stream]);
  });

  it('another body, well compressed', async () => {
    const [stream] = await service.push('a');
    await service.tamper('update pushledger.events set body = $2 where stream = $1', [
      stream,
      gzipSync(bytesOf(fixture('push-force-rewind'))),
    ]);
    expect(brokenStreams(await service.verify())).toEqual([stream]);
  });

  it('a body that was taken away', async () => {
    const [stream] = await service.push('a');
    await service.tamper('update pushledger.events set body = null where stream = $1', [stream]);
    const report = await service.verify();
    expect(brokenStreams(report)).toEqual([stream]);
    expect(textsOf(report)).toContain('gone');
  });

  it.each<[string, string, string]>([
    ['ref', '"ref":"refs/heads/main"', '"ref":"refs/heads/evil"'],
    ['before', `"before":"${zeros}"`, `"before":"${sha('evil')}"`],
    ['after', `"after":"${sha('a')}"`, `"after":"${sha('evil')}"`],
    ['repository', '"fullName":"acme/widgets"', '"fullName":"acme/other"'],
    ['pusher', '"pusher":{"id":', '"pusher":{"login":"mallory","id":'],
  ])('a changed fact with an intact body, before any seal: %s', async (_field, from, to) => {
    const [stream, other] = await service.push('a', 'b');
    const [row] = await service.rows<{ data: string }>(
      'select data from pushledger.events where stream = $1',
      [stream],
    );
    // Of two keys of one name the last one counts: the login is put in front, and its own is renamed.
    const changed = row?.data.replace(from, to).replace(/("mallory",.*?)"login"/, '$1"log"') ?? '';
    expect(changed).not.toBe(row?.data);
    await service.tamper('update pushledger.events set data = $2 where stream = $1', [stream, changed]);
    const report = await service.verify();
    expect(brokenStreams(report)).toContain(stream);
    expect(brokenStreams(report)).not.toContain(other);
  });

  it('a changed fact that no signature covers, by its seal', async () => {
    await service.push('a', 'b');
    await service.seal();
    await service.tamper(
      `update pushledger.events set data = replace(data, '"totalCommits":', '"totalCommits":1')
       where type = 'PushReceived'`,
    );
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', pushes: { proven: 2 }, seals: { broken: 1 } });
    expect(brokenStreams(report)).toEqual([streamOf.seal(1)]);
  });

  it('changed times in the metadata, by the seal', async () => {
    await service.push('a');
    await service.seal();
    await service.tamper(
      `update pushledger.events set metadata = regexp_replace(metadata, '"readMs":[0-9.]+', '"readMs":9')
       where type = 'PushReceived'`,
    );
    expect(brokenStreams(await service.verify())).toEqual([streamOf.seal(1)]);
  });

  it('a removed event, by the seal', async () => {
    const [, stream] = await service.push('a', 'b', 'c');
    await service.seal();
    await service.tamper('delete from pushledger.events where stream = $1', [stream]);
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', seals: { broken: 1 } });
    // The rows that it left behind tell which one it was.
    expect(brokenStreams(report)).toEqual([streamOf.seal(1), stream, stream]);
  });

  it('a removed event by the chain of its branch and its rows, before any seal', async () => {
    const [, stream, next] = await service.push('a', 'b', 'c');
    await service.tamper('delete from pushledger.events where stream = $1', [stream]);
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', chains: { gaps: 1 } });
    expect(report.findings.filter(({ kind }) => kind === 'gap')).toMatchObject([{ stream: next }]);
    expect(brokenStreams(report)).toEqual([stream, stream]);
  });

  it('an inserted event, by the seal', async () => {
    await service.push('a', 'b');
    await service.seal();
    // It can stand between others only where a position is free.
    await service.rows('alter table pushledger.events alter column position set generated by default');
    await service.tamper('update pushledger.events set position = -position where position > 2');
    await service.tamper('update pushledger.events set position = -position + 1 where position < 0');
    expect(await service.verify()).toMatchObject({ seals: { broken: 0 } });
    await insertAt(service, 3, pushOf('forged', { source: 'recovery', deliveryId: null }));
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', seals: { broken: 1 } });
    expect(brokenStreams(report)).toContain(streamOf.seal(1));
  });

  it('an inserted push without a signature, before any seal', async () => {
    await service.push('a');
    const stream = await insertAt(service, 1_000, pushOf('forged'));
    expect(brokenStreams(await service.verify())).toEqual([stream]);
  });

  it('a removed seal', async () => {
    await service.push('a');
    await service.seal();
    await service.push('b');
    await service.seal();
    await service.tamper('delete from pushledger.events where stream = $1', [streamOf.seal(1)]);
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', seals: { missing: 1 } });
    expect(brokenStreams(report)).toContain(streamOf.seal(1));
  });

  it('a body that was changed together with its digest', async () => {
    const [stream] = await service.push('a');
    const [row] = await service.rows<{ data: string; body: Buffer }>(
      'select data, body from pushledger.events where stream = $1',
      [stream],
    );
    if (!row) throw new Error('the push is not there');
    const text = gunzipSync(row.body).toString();
    const forged = Buffer.from(text.replace('"message": "', '"message": "forged '));
    const data = JSON.parse(row.data) as PushReceived;
    const digest = createHash('sha256').update(forged).digest('hex');
    const fact = { ...data, body: { ...data.body, digest, size: forged.length } };
    await service.tamper('update pushledger.events set data = $2, body = $3 where stream = $1', [
      stream,
      JSON.stringify(fact),
      gzipSync(forged),
    ]);
    const report = await service.verify();
    expect(brokenStreams(report)).toEqual([stream]);
    expect(textsOf(report)).toContain('signature');
  });

  it('rows that were removed by hand', async () => {
    const [first, second] = await service.push('a', 'b');
    await service.rows('delete from data_factory.runs where push_id = $1', [first?.slice(-36)]);
    await service.rows('delete from pushledger.pushes where push_id = $1', [second?.slice(-36)]);
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', rows: [{ missing: 1 }, { missing: 1 }] });
    expect(brokenStreams(report).sort()).toEqual([first, second].sort());
  });

  it('rows that were put there by hand, and leaves those of others alone', async () => {
    await service.push('a');
    const [ours, others] = [randomUUID(), randomUUID()];
    const insertRun = `insert into data_factory.runs (run_id, trigger, recorded_by) values ($1, 'webhook', $2)`;
    await service.rows(insertRun, [ours, 'pushledger']);
    await service.rows(insertRun, [others, null]);
    const report = await service.verify();
    expect(report).toMatchObject({ status: 'broken', rows: [{ surplus: 1 }, { surplus: 0 }] });
    expect(brokenStreams(report)).toEqual([`pushledger.push-${ours}`]);
  });

  it('data that no longer fits its schema, and goes on with the rest', async () => {
    const [stream] = await service.push('a', 'b');
    await service.tamper(`update pushledger.events set data = 'no json' where stream = $1`, [stream]);
    const report = await service.verify();
    expect(brokenStreams(report)).toContain(stream);
    expect(report.pushes).toMatchObject({ proven: 1, broken: 1 });
  });
});
